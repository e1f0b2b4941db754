namespace Mover.Server.Access;

/// <summary>
/// Makes clients wait that fail to prove who they are too often: per address and client id, a number of failures a minute. It says so to
/// those that fail again, and never to one that proves who it is. Bounded: when
/// too many clients fail at once the oldest counts go. Safe for concurrent use.
/// </summary>
internal sealed class FailureLimit(TimeProvider clock)
{
    /// <summary>Failures within one window after which a client waits for the window's end.</summary>
    public const int FailuresMax = 10;

    /// <summary>Clients that are counted at once.</summary>
    public const int ClientsMax = 10_000;

    /// <summary>How long failures count.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Count> _counts = new(StringComparer.Ordinal);
    private readonly Queue<(string Client, long Start)> _order = new();

    /// <summary>How long this client must wait; null when it may try.</summary>
    public TimeSpan? WaitOf(string client)
    {
        lock (_gate)
        {
            return _counts.TryGetValue(client, out var count) && count.Failures >= FailuresMax && LeftOf(count.Start) is { Ticks: > 0 } left
                ? left
                : null;
        }
    }

    /// <summary>Counts a failure.</summary>
    public void Failed(string client)
    {
        lock (_gate)
        {
            var now = clock.GetTimestamp();
            Forget();
            if (_counts.TryGetValue(client, out var count))
            {
                _counts[client] = count with { Failures = count.Failures + 1 };
                return;
            }

            _counts[client] = new(1, now);
            _order.Enqueue((client, now));
        }
    }

    private void Forget()
    {
        while (_order.TryPeek(out var oldest) && (LeftOf(oldest.Start) <= TimeSpan.Zero || _counts.Count >= ClientsMax))
        {
            _order.Dequeue();
            _counts.Remove(oldest.Client);
        }
    }

    private TimeSpan LeftOf(long start) => Window - clock.GetElapsedTime(start);

    private readonly record struct Count(int Failures, long Start);
}
