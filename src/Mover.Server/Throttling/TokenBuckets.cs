using System.Collections.Concurrent;
using Mover.Server.Settings;

namespace Mover.Server.Throttling;

/// <summary>What became of a request at the bucket.</summary>
/// <param name="Remaining">Requests that the caller may still send at once.</param>
/// <param name="Wait">How long until the next one is let through; null when this one was.</param>
internal readonly record struct Admission(int Remaining, TimeSpan? Wait);

/// <summary>
/// One token bucket per caller, for at most <see cref="CallersMax"/> of them; those beyond share one. Safe for concurrent use.
/// </summary>
internal sealed class TokenBuckets(ThrottleBucket size, TimeProvider clock)
{
    /// <summary>Callers that are told apart.</summary>
    public const int CallersMax = 10_000;

    private readonly ConcurrentDictionary<string, Bucket> _byCaller = new(StringComparer.Ordinal);
    private readonly Bucket _ofTheRest = new(size, clock);
    private readonly Lock _making = new();

    /// <summary>Takes one request out of the caller's bucket.</summary>
    public Admission Take(string caller)
    {
        var bucket = _byCaller.GetValueOrDefault(caller) ?? Make(caller);
        return bucket.Take();
    }

    private Bucket Make(string caller)
    {
        lock (_making)
        {
            if (_byCaller.TryGetValue(caller, out var made))
            {
                return made;
            }

            if (_byCaller.Count >= CallersMax)
            {
                Forget();
            }

            return _byCaller.Count >= CallersMax ? _ofTheRest : _byCaller.GetOrAdd(caller, new Bucket(size, clock));
        }
    }

    // A bucket that is full again says no more than a new one.
    private void Forget()
    {
        foreach (var (caller, bucket) in _byCaller)
        {
            if (bucket.IsFull())
            {
                _byCaller.TryRemove(caller, out _);
            }
        }
    }

    private sealed class Bucket(ThrottleBucket size, TimeProvider clock)
    {
        private readonly Lock _lock = new();
        private double _tokens = size.Burst;
        private long _filled = clock.GetTimestamp();

        public Admission Take()
        {
            lock (_lock)
            {
                Fill();
                if (_tokens < 1)
                {
                    return new(0, TimeSpan.FromSeconds((1 - _tokens) / size.PerSecond));
                }

                _tokens--;
                return new((int)_tokens, null);
            }
        }

        public bool IsFull()
        {
            lock (_lock)
            {
                Fill();
                return _tokens >= size.Burst;
            }
        }

        private void Fill()
        {
            var now = clock.GetTimestamp();
            _tokens = Math.Min(size.Burst, _tokens + (clock.GetElapsedTime(_filled, now).TotalSeconds * size.PerSecond));
            _filled = now;
        }
    }
}
