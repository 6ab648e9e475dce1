%% The two fibril measurements in Erlang: a million processes spawned, parked, each sent one message, all collected,
%% in three passes; then two million messages, each answered before the next (its mailboxes have no bound, so that this is what is like
%% a synchronous channel).
-module(fibrils).
-export([main/0]).

node_loop(Parent) -> receive N -> Parent ! {done, N} end.

collect(0, Total) -> Total;
collect(Left, Total) -> receive {done, N} -> collect(Left - 1, Total + N) end.

feed(_, Last, Last) -> ok;
feed(To, N, Last) -> To ! {self(), N}, receive ok -> feed(To, N + 1, Last) end.

sum(0, Total) -> Total;
sum(Left, Total) -> receive {From, N} -> From ! ok, sum(Left - 1, Total + N) end.

pass(Self, Count) ->
    T0 = erlang:monotonic_time(nanosecond),
    All = [spawn(fun() -> node_loop(Self) end) || _ <- lists:seq(1, Count)],
    T1 = erlang:monotonic_time(nanosecond),
    lists:foldl(fun(P, I) -> P ! I, I + 1 end, 0, All),
    T2 = erlang:monotonic_time(nanosecond),
    Total = collect(Count, 0),
    T3 = erlang:monotonic_time(nanosecond),
    io:format("fibrils ~p ~p ~p ~p~n", [Total, (T1 - T0) / 1.0e9, (T2 - T1) / 1.0e9, (T3 - T2) / 1.0e9]).

main() ->
    Self = self(),
    [pass(Self, 1000000) || _ <- [1, 2, 3]],
    Messages = 2000000,
    T4 = erlang:monotonic_time(nanosecond),
    spawn(fun() -> feed(Self, 0, Messages) end),
    Sum = sum(Messages, 0),
    T5 = erlang:monotonic_time(nanosecond),
    io:format("messages ~p ~p~n", [Sum, (T5 - T4) / 1.0e9]),
    halt().
