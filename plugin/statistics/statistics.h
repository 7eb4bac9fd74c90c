// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

/// Statistics for menus and for `tshark -z`.
namespace pmtu::plugin {

/// Registers everything below; called once.
void register_statistics(int protocol) noexcept;

/// Tables `pmtu,conv` and `pmtu,paths`.
void register_tables() noexcept;

/// Documents on standard output: `pmtu,report`, `pmtu,html` and `pmtu,json`.
void register_documents() noexcept;

/// The tree of findings, `pmtu,tree`.
void register_findings_tree() noexcept;

/// Type "Path MTU" of Statistics > Flow Graph: hints, oversize and honouring datagrams as a ladder.
void register_flow_graph(int protocol) noexcept;

/// "Path MTU" in the context menu of packets, under Conversation Filter.
void register_conversation_menu() noexcept;

/// Window with the evidence report, in the menu Statistics.
void register_report_window() noexcept;

}  // namespace pmtu::plugin
