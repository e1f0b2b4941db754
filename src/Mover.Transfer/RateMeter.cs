namespace Mover.Transfer;

/// <summary>Rates over the last seconds, from samples taken whenever someone looks. Thread-safe.</summary>
internal sealed class RateMeter(TimeProvider clock)
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(5);
    private readonly Lock _gate = new();
    private readonly Queue<(long At, long Scanned, long Items, long Bytes)> _samples = new([(clock.GetTimestamp(), 0, 0, 0)]);

    public (double Scanned, double Items, double Bytes) Sample(long scanned, long items, long bytes)
    {
        lock (_gate)
        {
            var now = clock.GetTimestamp();
            while (_samples.Count > 1 && clock.GetElapsedTime(_samples.Peek().At, now) > Window)
            {
                _samples.Dequeue();
            }

            var first = _samples.Peek();
            _samples.Enqueue((now, scanned, items, bytes));
            var seconds = clock.GetElapsedTime(first.At, now).TotalSeconds;
            return seconds <= 0
                ? default
                : ((scanned - first.Scanned) / seconds, (items - first.Items) / seconds, (bytes - first.Bytes) / seconds);
        }
    }
}
