using System.Text;
using Mover.State;
using Mover.State.Mirror;

namespace Mover.Simulation;

/// <summary>
/// Watches every commit of a region's store: that only the region that serves writes its state, and that a copy is at each moment a state
/// that the other region was in. States are compared by a sum over their entries.
/// </summary>
internal sealed class RegionCheck
{
    private const int KeptMax = 1_000_000;

    private readonly World _world;
    private readonly Region _region;
    private readonly Dictionary<string, (ulong Sum, bool IsLeased)> _entries = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ulong> _sums = new(StringComparer.Ordinal);
    private readonly List<(long Revision, ulong Sum)> _served = [];
    private string? _storeId;

    public RegionCheck(World world, Region region)
    {
        (_world, _region) = (world, region);
        region.State.Committed = Look;
    }

    public RegionRole? Role { get; private set; }

    public string Root => Role?.Root ?? string.Empty;

    public bool Serves => Role?.Duty is null or RegionDuty.Serving;

    public RegionCheck? Other { get; set; }

    /// <summary>Copies that were compared.</summary>
    public long Compared { get; private set; }

    /// <summary>Hears what the region that serves commits, without its root.</summary>
    public Action<RegionCheck, IReadOnlyList<StateChange>>? Served { get; set; }

    /// <summary>The region serves another state than before.</summary>
    public Action<RegionCheck>? TookOver { get; set; }

    /// <summary>What it serves or copies.</summary>
    public IEnumerable<StateEntry> State => _region.State.All(Root)
        .Where(entry => Root.Length > 0 || !RegionKeys.IsOwn(entry.Key)).Select(entry => entry with { Key = entry.Key[Root.Length..] });

    public string Name => _region.Name;

    private void Look(SimCommit commit)
    {
        var before = Role;
        var writesRole = false;
        foreach (var change in commit.Changes)
        {
            if (change.Key == RegionRole.Key)
            {
                (Role, writesRole) = (change.Entry is { } entry ? RegionRole.Read(entry) : null, true);
            }
            else if (change.Key == RegionKeys.StoreId && change.Entry is { } named)
            {
                _storeId = Encoding.UTF8.GetString(named.Value.Span);
            }
            else if (RootOf(change.Key) is { } root)
            {
                if (before?.Duty == RegionDuty.Standby && root == before.Root && !commit.Changes.Any(one => one.Key == RegionRole.Key)
                    && (change.Entry is not null || !_entries.GetValueOrDefault(change.Key).IsLeased))
                {
                    _world.Violated(Rule.Fence, $"{Name} is a standby, and '{change.Key}' was written there at {commit.Revision}.");
                }

                Count(root, change);
            }
        }

        _served.Add((commit.Revision, _sums.GetValueOrDefault(Root)));
        if (_served.Count > KeptMax)
        {
            _served.RemoveRange(0, KeptMax / 2);
        }

        if (writesRole)
        {
            _world.Tell("role", () => $"{Name} {Role?.Duty} epoch {Role?.Epoch} root '{Role?.Root}' at {Role?.Mirror?.Revision}");
            CompareCopy(commit.Revision);
        }

        if (Serves)
        {
            if (before is not null && before.Duty != RegionDuty.Serving)
            {
                TookOver?.Invoke(this);
            }

            Served?.Invoke(this, [.. commit.Changes.Where(change => RootOf(change.Key) == Root).Select(change => change with
            {
                Key = change.Key[Root.Length..],
                Entry = change.Entry is { } entry ? entry with { Key = entry.Key[Root.Length..] } : null,
            })]);
        }
    }

    private void CompareCopy(long revision)
    {
        if (Role is not { Duty: RegionDuty.Standby, Root: { } root, Mirror: { Sync: null } position } || Other is not { } other
            || other._storeId != position.SourceId || other.SumAt(position.Revision) is not { } there)
        {
            return;
        }

        Compared++;
        if (_sums.GetValueOrDefault(root) != there)
        {
            _world.Violated(
                Rule.Copy, $"{Name}'s copy at {revision} claims to be {other.Name} at {position.Revision}, which is not a state that it was in.");
        }
    }

    private ulong? SumAt(long revision)
    {
        var (low, high) = (0, _served.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = _served[middle].Revision <= revision ? (middle + 1, high) : (low, middle);
        }

        return low == 0 ? null : _served[low - 1].Sum;
    }

    private void Count(string root, StateChange change)
    {
        var sum = _sums.GetValueOrDefault(root);
        if (_entries.Remove(change.Key, out var before))
        {
            sum -= before.Sum;
        }

        if (change.Entry is { } entry)
        {
            var own = entry.LeaseId == 0 && MirrorSource.Goes(change.Key[root.Length..])
                ? Hash(change.Key.AsSpan(root.Length), entry.Value.Span)
                : 0;
            _entries[change.Key] = (own, entry.LeaseId != 0);
            sum += own;
        }

        _sums[root] = sum;
    }

    private static ulong Hash(ReadOnlySpan<char> key, ReadOnlySpan<byte> value)
    {
        var hash = 14695981039346656037;
        foreach (var one in key)
        {
            hash = (hash ^ one) * 1099511628211;
        }

        foreach (var one in value)
        {
            hash = (hash ^ one) * 1099511628211;
        }

        return hash;
    }

    // Null for what a store keeps for itself.
    private static string? RootOf(string key)
    {
        if (!RegionKeys.IsOwn(key))
        {
            return string.Empty;
        }

        return key[0] == 'g' ? key[..(key.IndexOf('/', StringComparison.Ordinal) + 1)] : null;
    }
}
