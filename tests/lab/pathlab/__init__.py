# SPDX-License-Identifier: GPL-2.0-or-later
"""A path with a narrow link, made of network namespaces, and what real kernels do on it."""
