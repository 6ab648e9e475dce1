// What the operations of `fs` mean, apart from threads and queues: from a Call's arguments to the store's terms, and from the
// store's answers to the Datum that the caller's static type asks for.
//
// Pure but for the Store that reads are given. Any thread that may use the store.
#pragma once

#include <expected>
#include <string>
#include <vector>

#include "runtime/driver.h"
#include "runtime/drivers/write_buffer.h"
#include "store/store.h"

namespace m31::runtime {

Failure failure_of(const store::Error& error);

// A value of static type `from` as one of type `to`: the conversions of the language (into a union or Any, out of Any with a check,
// Int to Float). `what` names it in the failure.
std::expected<data::Datum, Failure> convert(const types::Type* to, const types::Type* from, const data::Datum& value,
                                            const std::string& what);

std::expected<const store::Space*, Failure> find_space(const std::vector<store::Space>& spaces, std::string_view name);
// The one space whose key and attributes a record of these fields names.
std::expected<const store::Space*, Failure> space_of_fields(const std::vector<store::Space>& spaces,
                                                            const std::vector<std::string_view>& fields);

bool is_write(std::string_view operation);   // fs.invoke, fs.put, fs.invokeAny, fs.putAny
// The command of such a call. Spaces and attributes are the store's.
std::expected<store::Command, Failure> command_of(const std::vector<store::Space>& spaces, const Call& call);
// The same of a flush: renumbers its spaces and attributes and converts its values.
std::expected<std::vector<store::Command>, Failure> commands_of(const std::vector<store::Space>& spaces, Flush flush);

// fs.addSpace, fs.get, fs.search, fs.explain, their ...Any forms, fs.spaces, fs.status; for flows of records fs.count(space) and
// fs.page(space, from) -> (records, from).
Reply read_or_declare(store::Store& store, const std::string& directory, const Call& call);

// A record for a caller that expects `result_type` (the space's record type, an optional of it, None or Any).
Reply record_reply(const store::Space& space, const types::Type* result_type, std::optional<store::Record> record);

}  // namespace m31::runtime
