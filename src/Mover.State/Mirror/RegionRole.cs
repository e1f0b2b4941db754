using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Mover.State.Mirror;

/// <summary>What the store of one region of a pair does with the state.</summary>
public enum RegionDuty
{
    /// <summary>It is the one that is written.</summary>
    Serving,

    /// <summary>It takes no more writes, and hands over to its pair.</summary>
    Draining,

    /// <summary>It keeps a copy of what its pair serves.</summary>
    Standby,
}

/// <summary>
/// Who serves the state of a region pair, as one of its two stores says; <c>region/role</c> there. Whoever writes to the store does so on
/// condition that this has not changed, and whoever takes over raises the epoch. It is not mirrored. A store without it is in no pair.
/// </summary>
/// <param name="Epoch">Grows whenever another region begins to serve; the higher one is right.</param>
/// <param name="Holder">The region that serves in this epoch, as far as this store has heard.</param>
/// <param name="Duty">What this store does.</param>
/// <param name="Root">What stands before the keys of the state here: empty, or <c>g{n}/</c>. Null while there is no whole copy.</param>
/// <param name="ClaimEpochBase">Claims of runs up to this epoch are void: they were made in a region that is not in charge now.</param>
/// <param name="Since">When this duty began, on the clock of whoever wrote it.</param>
/// <param name="By">Who wrote it.</param>
public sealed record RegionRole(
    long Epoch, string Holder, RegionDuty Duty, string? Root, long ClaimEpochBase, DateTimeOffset Since, string By)
{
    /// <summary>Where it is.</summary>
    public const string Key = RegionKeys.Prefix + "role";

    /// <summary>The number of the last generation that was begun here.</summary>
    public int Generation { get; init; }

    /// <summary>How far the copy is; null where nothing is copied.</summary>
    public MirrorPosition? Mirror { get; init; }

    /// <summary>Where the copy was when it began to serve; null for a region that served from the beginning.</summary>
    public MirrorPosition? Base { get; init; }

    /// <summary>The last revision of this store before it began to serve in this epoch: until then it is what was handed over.</summary>
    public long ServedFrom { get; init; }

    /// <summary>The last revision of the state when it was drained; 0 otherwise.</summary>
    public long DrainedAt { get; init; }

    /// <summary>It serves on a person's word, although the witness was not asked or said no; until the witness has noted it.</summary>
    public bool IsWithoutWitness { get; init; }

    /// <summary>At a standby: the name of the witness that lets the other region serve, as that said last; null for none.</summary>
    public string? WitnessId { get; init; }

    /// <summary>States of this store that another region's went over, kept until a person drops them.</summary>
    public IReadOnlyList<DivergedRoot> Diverged { get; init; } = [];

    /// <summary>Roots of states that are of no more use, and are being deleted.</summary>
    public IReadOnlyList<string> Stale { get; init; } = [];

    /// <summary>Whether the state at <see cref="Root"/> is one that the other region was in.</summary>
    [JsonIgnore]
    public bool IsCopyWhole => Root is not null && Mirror is { Revision: > 0 };

    /// <summary>Whether another role means that requests are answered in another way.</summary>
    public bool IsSameSeat(RegionRole? other) =>
        other is not null && other.Root == Root && (other.Epoch == Epoch || Duty == RegionDuty.Standby)
        && (other.Duty == RegionDuty.Standby) == (Duty == RegionDuty.Standby);

    /// <summary>The stored form.</summary>
    public ReadOnlyMemory<byte> ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, RegionRoleJson.Default.RegionRole);

    /// <summary>Reads what is stored; throws <see cref="StateException"/> when it is damaged.</summary>
    public static RegionRole Read(StateEntry entry)
    {
        try
        {
            return JsonSerializer.Deserialize(entry.Value.Span, RegionRoleJson.Default.RegionRole)
                ?? throw new JsonException("it is null");
        }
        catch (JsonException damage)
        {
            throw new StateException(
                StateFault.Damaged, $"'{Key}', which records the region that serves this state, is damaged: {damage.Message}", damage);
        }
    }
}

/// <summary>How far a copy is.</summary>
/// <param name="SourceId">Names the store that is copied; one that was restored has another name.</param>
/// <param name="SourceEpoch">The epoch in which it served.</param>
/// <param name="Revision">Every commit of the source up to this revision is in the copy, and none after it.</param>
/// <param name="CompleteAt">The copy holds all that was acknowledged before this time, on the clock of the region that copies.</param>
public sealed record MirrorPosition(string SourceId, long SourceEpoch, long Revision, DateTimeOffset CompleteAt)
{
    /// <summary>A copy from scratch that is under way; the whole one before it is kept until then.</summary>
    public MirrorSync? Sync { get; init; }
}

/// <summary>A copy from scratch that is under way.</summary>
/// <param name="Root">Where it is written to.</param>
/// <param name="SourceId">Names the store that is copied.</param>
/// <param name="Revision">What changed at the source after this revision is applied once everything was listed; 0 before the first
/// page.</param>
/// <param name="After">The last key that was listed; null before the first page.</param>
/// <param name="IsListed">Everything was listed; changes are applied.</param>
public sealed record MirrorSync(string Root, string SourceId, long Revision, string? After, bool IsListed);

/// <summary>A state that another region's went over.</summary>
/// <param name="Root">Where it is.</param>
/// <param name="Epoch">The epoch that it was written in.</param>
/// <param name="FromRevision">What was written here after this revision did not reach the other region.</param>
/// <param name="At">When this region stepped down.</param>
public sealed record DivergedRoot(string Root, long Epoch, long FromRevision, DateTimeOffset At);

/// <summary>Keys that a store of a region pair keeps for itself.</summary>
public static class RegionKeys
{
    /// <summary>What stands before them.</summary>
    public const string Prefix = "region/";

    /// <summary>Names the store; made once.</summary>
    public const string StoreId = Prefix + "store-id";

    /// <summary>
    /// Bound to a lease: this region, a standby, has promised not to take over. It was asked by the region that serves, which cannot ask
    /// the witness.
    /// </summary>
    public const string Promise = Prefix + "promise";

    /// <summary>Up to where the other region has a copy of what is served here, for the servers that it did not tell.</summary>
    public const string Copied = Prefix + "copied";

    /// <summary>Bound to a lease: servers of this region ask a witness.</summary>
    public const string Witnessed = Prefix + "witnessed";

    /// <summary>The root of a generation.</summary>
    public static string RootOf(int generation) => string.Create(CultureInfo.InvariantCulture, $"g{generation}/");

    /// <summary>Whether a key of a store is one of these, or in a generation, and thus not of the state at the store's beginning.</summary>
    public static bool IsOwn(string key)
    {
        if (key.StartsWith(Prefix, StringComparison.Ordinal))
        {
            return true;
        }

        var slash = key.IndexOf('/', StringComparison.Ordinal);
        return slash > 1 && key[0] == 'g' && key.AsSpan(1, slash - 1).IndexOfAnyExceptInRange('0', '9') < 0;
    }

    /// <summary>The name of a store, which is given to it when it has none.</summary>
    public static async Task<string> StoreIdAsync(IStateStore store, CancellationToken cancel)
    {
        while (true)
        {
            if (await store.GetAsync(StoreId, cancel) is { } found)
            {
                return Encoding.UTF8.GetString(found.Value.Span);
            }

            await store.CommitAsync([new(StoreId, 0)], [new(StoreId, Encoding.UTF8.GetBytes(Guid.NewGuid().ToString("n")))], cancel);
        }
    }
}

/// <summary>JSON of what a store of a region pair says of itself.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true)]
[JsonSerializable(typeof(RegionRole))]
internal sealed partial class RegionRoleJson : JsonSerializerContext;
