"""A path with a narrow link, made of network namespaces, and what real kernels do on it."""
