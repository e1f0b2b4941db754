using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.Logging.Abstractions;
using Mover.Core.Arm;
using Mover.State;
using Mover.State.Documents;
using Mover.State.Mirror;
using Mover.State.Sqlite;
using Mover.SystemTests.Harness;

namespace Mover.SystemTests.Faults.Regions;

/// <summary>
/// Documents in two stores, one the copy of the other, which takes over: with a planted bug in the copy or in what holds the regions apart
/// the check finds it, and without one it finds nothing.
/// </summary>
public sealed class PlantedRegionBugTests : IAsyncLifetime
{
    private const string East = "eastus";
    private const string West = "westus";
    private const int Rounds = 40;
    private static readonly JsonTypeInfo<string> _text = (JsonTypeInfo<string>)JsonSerializerOptions.Default.GetTypeInfo(typeof(string));

    private readonly TemporaryFolder _folder = new();
    private readonly ConcurrentQueue<Attempt> _history = new();
    private readonly RegionEvents _events = RegionEvents.Begin();
    private readonly List<IStateStore> _stores = [];
    private int _written;

    [Theory]
    [InlineData(nameof(MirrorLie.DropsDeletions), nameof(Lie.None), "is there again")]
    [InlineData(nameof(MirrorLie.DropsChanges), nameof(Lie.None), "missing")]
    [InlineData(nameof(MirrorLie.None), nameof(Lie.IgnoresTheRole), "acknowledged what was sent when")]
    public async Task A_planted_bug_is_found_in_a_hand_over(string copy, string store, string why) =>
        Assert.Contains(await HandOverAsync(Enum.Parse<MirrorLie>(copy), Enum.Parse<Lie>(store)), what => what.Contains(why, StringComparison.Ordinal));

    [Fact]
    public async Task A_hand_over_without_bugs_keeps_one_history() => Assert.Empty(await HandOverAsync(MirrorLie.None, Lie.None));

    [Theory]
    [InlineData(nameof(MirrorLie.SaysToBeNewer), false, "before the moment")]
    [InlineData(nameof(MirrorLie.None), true, "is not listed")]
    public async Task A_planted_bug_is_found_in_a_fail_over(string copy, bool forgets, string why) =>
        Assert.Contains(await FailOverAsync(Enum.Parse<MirrorLie>(copy), forgets), what => what.Contains(why, StringComparison.Ordinal));

    [Fact]
    public async Task A_fail_over_without_bugs_loses_what_is_listed() => Assert.Empty(await FailOverAsync(MirrorLie.None, forgets: false));

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (var store in _stores)
        {
            await store.DisposeAsync();
        }

        _folder.Dispose();
    }

    // East drains and goes on trying to write, as instances do that have not heard.
    private async Task<IReadOnlyList<string>> HandOverAsync(MirrorLie copyLie, Lie storeLie)
    {
        var (east, west) = (await OpenAsync(East, isStandby: false, storeLie), await OpenAsync(West, isStandby: true, Lie.None));
        var serving = await RegionSeat.ReadAsync(east, default);
        using var stop = new CancellationTokenSource();
        var copying = CopyAsync(east, serving, west, copyLie, stop.Token);
        var writer = new DocumentStore(new RegionStore(east, serving, owns: false));
        await WriteAsync(East, writer);

        var drained = (await serving.ChangeAsync(east, serving.Role! with { Duty = RegionDuty.Draining }, [], default))!;
        await UntilCopiedAsync(west, drained.Revision);
        await stop.CancelAsync();
        await copying;
        await TakeAsync(west, isPlanned: true);
        await WriteAsync(West, await ServedAsync(west));
        await WriteAsync(East, writer);
        await ReadBackAsync(await ServedAsync(west));
        return Check();
    }

    // East goes on alone, and West takes over from what it has.
    private async Task<IReadOnlyList<string>> FailOverAsync(MirrorLie copyLie, bool forgets)
    {
        var (east, west) = (await OpenAsync(East, isStandby: false, Lie.None), await OpenAsync(West, isStandby: true, Lie.None));
        var serving = await RegionSeat.ReadAsync(east, default);
        using var stop = new CancellationTokenSource();
        var copying = CopyAsync(east, serving, west, copyLie, stop.Token);
        var writer = new DocumentStore(new RegionStore(east, serving, owns: false));
        await WriteAsync(East, writer);
        await stop.CancelAsync();
        var mirror = await copying;
        await WriteAsync(East, writer);

        var role = (await RegionSeat.ReadAsync(west, default)).Role!;
        var bases = new Dictionary<string, long>(StringComparer.Ordinal) { ["own"] = await VersionAsync(west, role, "own") };
        var takenOver = await TakeAsync(west, isPlanned: false);
        await WriteAsync(West, await ServedAsync(west));
        var diverged = new DivergedRoot(string.Empty, 1, forgets ? long.MaxValue : role.Mirror!.Revision, DateTimeOffset.UnixEpoch);
        var listed = new List<ListedDocument>();
        await foreach (var one in ListAsync(east, west, diverged))
        {
            listed.Add(new(one.Key.Split('/')[^1], 1, $"{one.Kind}", one.HereVersion));
        }

        _events.Forks.Add(new()
        {
            Lost = East, Epoch = 1, From = 0, TakenOver = takenOver, Closed = TimeProvider.System.GetTimestamp(), Bases = bases,
            CompleteAt = _events.TimestampOf(mirror.CompleteAt!.Value), Listed = listed.ToLookup(one => one.Key, StringComparer.Ordinal),
        });
        await ReadBackAsync(await ServedAsync(west));
        return Check();
    }

    // What East left behind, beside a copy of what West serves.
    private async IAsyncEnumerable<DivergedDocument> ListAsync(IStateStore east, IStateStore west, DivergedRoot diverged)
    {
        var seat = await RegionSeat.ReadAsync(east, default);
        await seat.ChangeAsync(east, seat.Role! with { Duty = RegionDuty.Standby, Holder = West, Diverged = [diverged] }, [], default);
        using var stop = new CancellationTokenSource();
        var copying = CopyAsync(west, await RegionSeat.ReadAsync(west, default), east, MirrorLie.None, stop.Token);
        var revision = (await RegionSeat.ReadAsync(west, default)).Revision;
        await UntilCopiedAsync(east, revision);
        await stop.CancelAsync();
        await copying;
        var root = (await RegionSeat.ReadAsync(east, default)).Role!.Root!;
        await foreach (var one in new Divergence(east, diverged, root, new([], (_, _, _) => false)).ListAsync(null, default))
        {
            yield return one;
        }
    }

    private async Task<IStateStore> OpenAsync(string region, bool isStandby, Lie lie)
    {
        var store = new LyingStore(
            SqliteStateStore.Open(
                new() { Path = Path.Combine(_folder.Path, $"{region}.db") }, TimeProvider.System, NullLogger<SqliteStateStore>.Instance), lie);
        _stores.Add(store);
        RegionRole role = isStandby
            ? new(0, East, RegionDuty.Standby, null, 0, DateTimeOffset.UnixEpoch, "test")
            : new(1, East, RegionDuty.Serving, string.Empty, 0, DateTimeOffset.UnixEpoch, "test");
        Assert.NotNull(await new RegionSeat(null, 0).ChangeAsync(store, role, [], default));
        if (!isStandby)
        {
            _events.Reigns.Add(new(East, 1, 0, IsPlanned: true));
        }

        return store;
    }

    private static async Task<RegionMirror> CopyAsync(IStateStore from, RegionSeat seat, IStateStore to, MirrorLie lie, CancellationToken stop)
    {
        var identity = new MirrorIdentity(await RegionKeys.StoreIdAsync(from, default), seat.Role!.Epoch, seat.Role.ServedFrom);
        var source = new LyingMirrorSource(new MirrorSource(new RegionStore(from, seat, owns: false), identity, TimeProvider.System), lie);
        var mirror = new RegionMirror(source, to, TimeProvider.System, NullLogger.Instance);
        try
        {
            while (!stop.IsCancellationRequested)
            {
                await mirror.RunAsync(null, stop);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // It is told to end.
        }

        return mirror;
    }

    private static async Task UntilCopiedAsync(IStateStore store, long revision)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while ((await RegionSeat.ReadAsync(store, limit.Token)).Role is not { Root: not null, Mirror: { Sync: null } position } || position.Revision < revision)
        {
            await Task.Delay(20, limit.Token);
        }
    }

    private async Task<long> TakeAsync(IStateStore west, bool isPlanned)
    {
        var began = TimeProvider.System.GetTimestamp();
        var seat = await RegionSeat.ReadAsync(west, default);
        var next = seat.Role! with { Epoch = 2, Holder = West, Duty = RegionDuty.Serving, Base = seat.Role.Mirror, Mirror = null, ServedFrom = seat.Revision };
        Assert.NotNull(await seat.ChangeAsync(west, next, [], default));
        _events.Reigns.Add(new(West, 2, began, isPlanned));
        return began;
    }

    private static async Task<DocumentStore> ServedAsync(IStateStore store) =>
        new(new RegionStore(store, await RegionSeat.ReadAsync(store, default), owns: false));

    private static async Task<long> VersionAsync(IStateStore store, RegionRole role, string key) =>
        (await new DocumentStore(new RegionStore(store, new(role, 0), owns: false)).GetInfoAsync(KeyOf(key), default))?.Version ?? 0;

    private async Task WriteAsync(string region, DocumentStore documents)
    {
        for (var round = 0; round < Rounds; round++)
        {
            var number = _written++;
            await TryAsync(region, "own", number, documents, deletes: false);
            await TryAsync(region, $"new-{number}", number, documents, deletes: false);
            await TryAsync(region, $"{FaultLoad.Gone}{number}", number, documents, deletes: false);
            await TryAsync(region, $"{FaultLoad.Gone}{number}", number, documents, deletes: true);
        }
    }

    private async Task TryAsync(string region, string key, int number, DocumentStore documents, bool deletes)
    {
        var value = string.Create(CultureInfo.InvariantCulture, $"value {number}");
        var stamp = new WriteStamp("test", "User", DateTimeOffset.UnixEpoch, value);
        var attempt = new Attempt
        {
            Key = key, IsWrite = true, Value = deletes ? null : value, Begin = TimeProvider.System.GetTimestamp(), End = 0, Region = region,
        };
        try
        {
            var version = 0L;
            if (deletes)
            {
                await documents.DeleteAsync(KeyOf(key), DocumentCondition.Always, stamp, default);
            }
            else
            {
                version = (await documents.PutAsync(KeyOf(key), value, _text, DocumentCondition.Always, stamp, default))!.Info.Version;
            }

            attempt = attempt with { Outcome = Outcome.Done, Version = version };
        }
        catch (StateException refused) when (refused.Fault == StateFault.NotServing)
        {
            attempt = attempt with { Outcome = Outcome.Refused };
        }

        _history.Enqueue(attempt with { End = TimeProvider.System.GetTimestamp() });
    }

    private async Task ReadBackAsync(DocumentStore documents)
    {
        foreach (var key in _history.Select(one => one.Key).Distinct(StringComparer.Ordinal).ToList())
        {
            var begin = TimeProvider.System.GetTimestamp();
            var found = await documents.GetAsync(KeyOf(key), _text, default);
            _history.Enqueue(new()
            {
                Key = key, IsWrite = false, Value = found?.Value, Version = found?.Info.Version ?? 0, Begin = begin, End = TimeProvider.System.GetTimestamp(),
                Outcome = Outcome.Done, Region = West,
            });
        }
    }

    private List<string> Check() => new RegionCheck(_history.ToLookup(one => one.Key, StringComparer.Ordinal), _events).Run().Violations;

    private static DocumentKey KeyOf(string key)
    {
        Assert.True(ResourceId.TryParse($"/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/{key}", out var id));
        return id;
    }
}
