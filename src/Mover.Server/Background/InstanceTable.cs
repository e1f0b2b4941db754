using System.Collections.Immutable;
using Mover.Core.AgentProtocol;
using Mover.Server.Instances;
using Mover.State;
using Mover.State.Documents;

namespace Mover.Server.Background;

/// <summary>An instance that lives, as this one sees it.</summary>
/// <param name="Record">What it tells of itself.</param>
/// <param name="SeenAt">Since when this instance sees it, on the monotonic clock.</param>
internal sealed record SeenInstance(InstanceRecord Record, long SeenAt);

/// <summary>
/// The instances that live, as the store has them, followed by <see cref="InstanceLoop"/>. While the store is silent they stay as they
/// were. Thread-safe.
/// </summary>
internal sealed partial class InstanceTable(Instance own, TimeProvider clock, ILogger<InstanceTable> logger)
{
    /// <summary>Addresses of the paired region that clients are told.</summary>
    public const int PairMax = 4;

    private readonly Lock _gate = new();
    private volatile ImmutableSortedDictionary<string, SeenInstance> _live = ImmutableSortedDictionary.Create<string, SeenInstance>(
        StringComparer.Ordinal);

    /// <summary>The instances, in the order of their keys: the same everywhere.</summary>
    public IReadOnlyList<SeenInstance> Live => [.. _live.Values];

    /// <summary>Whether another instance lives.</summary>
    public bool HasOthers => _live.Values.Any(one => one.Record.Name != own.Name);

    /// <summary>Takes everything anew.</summary>
    public void Replace(IEnumerable<StateEntry> all)
    {
        lock (_gate)
        {
            var live = ImmutableSortedDictionary.CreateBuilder<string, SeenInstance>(StringComparer.Ordinal);
            foreach (var entry in all)
            {
                if (See(entry) is { } seen)
                {
                    live[entry.Key] = seen;
                }
            }

            _live = live.ToImmutable();
        }
    }

    /// <summary>An instance has told of itself, or is gone.</summary>
    public void Set(string key, StateEntry? entry)
    {
        lock (_gate)
        {
            _live = entry is not null && See(entry) is { } seen ? _live.SetItem(key, seen) : _live.Remove(key);
        }
    }

    /// <summary>
    /// The addresses that a client should know, in an order that changes only when instances come and go: the one it uses, then the first
    /// of each instance, then the second of each. Empty, which means no change, while no instance is known.
    /// </summary>
    /// <param name="used">The address that the client uses; null when it is of no account, because this instance leaves.</param>
    /// <param name="pair">Addresses of the paired region, which come last: of <see cref="PairMax"/> there is always room.</param>
    public IReadOnlyList<string> AddressesFor(string? used, IReadOnlyList<string>? pair = null)
    {
        var others = pair is null ? [] : pair.Take(PairMax).ToList();
        var told = _live.Values.Where(one => used is not null || one.Record.Name != own.Name)
            .SelectMany((one, instance) => one.Record.Addresses.Select((address, rank) => (address, rank, instance)))
            .OrderBy(one => one.rank).ThenBy(one => one.instance).Select(one => one.address).ToList();
        return told.Count == 0 ? [] : [.. Enumerable.Concat(used is null ? [] : [used], told)
            .Distinct(StringComparer.OrdinalIgnoreCase).Take(AgentChannelLimits.AddressesMax - others.Count)
            .Concat(others).Distinct(StringComparer.OrdinalIgnoreCase)];
    }

    // An instance that tells of itself anew, after its lease was lost, is not new.
    private SeenInstance? See(StateEntry entry) =>
        DocumentStore.OpenWhole(entry, InstanceJson.Default.InstanceRecord, fault => Log.Passed(logger, fault.Message)) is { } opened
            ? new(opened.Value, _live.TryGetValue(entry.Key, out var before) ? before.SeenAt : clock.GetTimestamp())
            : null;

    private static partial class Log
    {
        [LoggerMessage(4163, LogLevel.Error, "Ignored a damaged instance record. {Damage}")]
        public static partial void Passed(ILogger logger, string damage);
    }
}
