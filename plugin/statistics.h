// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

/// Statistics for menus and for `tshark -z`.
namespace pmtu::plugin {

/// Registers everything below; called once.
void register_statistics() noexcept;

/// Tables `pmtu,conv` and `pmtu,paths`.
void register_tables() noexcept;

/// Documents on standard output: `pmtu,report` and `pmtu,json`.
void register_documents() noexcept;

/// The tree of findings, `pmtu,tree`.
void register_findings_tree() noexcept;

}  // namespace pmtu::plugin
