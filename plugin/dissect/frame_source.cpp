// SPDX-License-Identifier: GPL-2.0-or-later
#include "dissect/frame_source.h"

#include <wsutil/wmem/wmem.h>

#include <vector>

#include "dissect/udp_payload_protocols.h"

namespace pmtu::plugin {
namespace {

std::vector<Encapsulation> encapsulations;  ///< by Wireshark's number of the protocol
int udp_protocol = -1;

Encapsulation encapsulation_of(int protocol) noexcept {
  const auto number = static_cast<std::size_t>(protocol);  // a negative one is out of range, too
  return number < encapsulations.size() ? encapsulations[number] : Encapsulation::none;
}

}  // namespace

void register_layer_oracle() {
  udp_protocol = proto_get_id_by_filter_name("udp");
  for (const UdpPayloadProtocol& known : udp_payload_protocols) {
    const int protocol = proto_get_id_by_filter_name(known.filter_name);
    if (protocol < 0) continue;  // not in this Wireshark
    const auto number = static_cast<std::size_t>(protocol);
    if (number >= encapsulations.size()) encapsulations.resize(number + 1, Encapsulation::none);
    encapsulations[number] = known.encapsulation;
  }
}

namespace detail {

Encapsulation udp_payload(const void* context, unsigned ordinal) noexcept {
  const auto* const pinfo = static_cast<const packet_info*>(context);
  unsigned seen = 0;
  for (wmem_list_frame_t* layer = wmem_list_head(pinfo->layers); layer != nullptr;
       layer = wmem_list_frame_next(layer)) {
    if (GPOINTER_TO_INT(wmem_list_frame_data(layer)) != udp_protocol || seen++ != ordinal) continue;
    wmem_list_frame_t* const payload = wmem_list_frame_next(layer);
    return payload == nullptr ? Encapsulation::none
                              : encapsulation_of(GPOINTER_TO_INT(wmem_list_frame_data(payload)));
  }
  return Encapsulation::none;
}

}  // namespace detail
}  // namespace pmtu::plugin
