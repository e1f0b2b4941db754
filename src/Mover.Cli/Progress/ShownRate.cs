namespace Mover.Cli.Progress;

/// <summary>The rate of a growing number over the last while, from readings at any pace. Used from one thread.</summary>
internal sealed class ShownRate(TimeProvider clock, TimeSpan window)
{
    private readonly Queue<(long At, long Value)> _readings = new();

    /// <summary>Takes a reading and answers the rate per second since the oldest one in the window; 0 at first.</summary>
    public double Read(long value)
    {
        var now = clock.GetTimestamp();
        while (_readings.Count > 1 && clock.GetElapsedTime(_readings.Peek().At, now) > window)
        {
            _readings.Dequeue();
        }

        _readings.Enqueue((now, value));
        var (at, first) = _readings.Peek();
        var elapsed = clock.GetElapsedTime(at, now).TotalSeconds;
        return elapsed <= 0 ? 0 : Math.Max(0, value - first) / elapsed;
    }
}
