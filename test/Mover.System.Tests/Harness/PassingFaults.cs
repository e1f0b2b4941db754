using System.Collections.Concurrent;

namespace Mover.SystemTests.Harness;

/// <summary>
/// Every kind of fault that passes, at random moments from a seed: about one request in <see cref="OneIn"/>, and none more than
/// <see cref="InARowMax"/> times, because a fault that goes on longer than a client's patience is another matter.
/// </summary>
internal sealed class PassingFaults(int seed)
{
    public const int OneIn = 8;
    private const int InARowMax = 3;
    private static readonly Order[] Kinds =
    [
        Order.Answer(503, "ServerBusy"), Order.Answer(503, "ServerBusy", retryAfterSeconds: 1), Order.Answer(500, "InternalError"),
        Order.Answer(429, "TooManyRequests"), Order.Answer(408, string.Empty), new(Misbehaviour.CutRequest), new(Misbehaviour.LoseAnswer),
        new(Misbehaviour.CutAnswer),
    ];

    private readonly Random _random = new(seed);
    private readonly ConcurrentDictionary<(string, string, string), int> _inARow = new();
    private readonly Dictionary<Order, int> _given = [];

    /// <summary>How many kinds of fault were given so far.</summary>
    public int KindsGiven => _given.Count;

    public static int KindsMax => Kinds.Length;

    public override string ToString() => $"seed {seed}: {string.Join(", ", _given.Select(g => $"{g.Value} × {g.Key.Kind} {g.Key.Status}"))}";

    public Order? Next(BlobRequest request)
    {
        lock (_random)
        {
            var key = (request.Operation, request.Name, request.BlockId);
            if (_random.Next(OneIn) > 0 || _inARow.GetValueOrDefault(key) >= InARowMax)
            {
                return null;
            }

            _inARow[key] = _inARow.GetValueOrDefault(key) + 1;
            var kind = Kinds[_random.Next(Kinds.Length)];
            _given[kind] = _given.GetValueOrDefault(kind) + 1;
            return kind;
        }
    }
}
