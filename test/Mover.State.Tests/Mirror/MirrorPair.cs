using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Mover.State.Mirror;
using Mover.State.Sqlite;

namespace Mover.State.Tests.Mirror;

/// <summary>Two stores: one that serves as <c>eastus</c>, one that keeps its copy as <c>westus</c>.</summary>
internal sealed class MirrorPair : IAsyncDisposable
{
    private readonly TempFolder _folder = new();

    private MirrorPair(TimeProvider clock)
    {
        Clock = clock;
        Home = Open("home.db");
        Pair = Open("pair.db");
    }

    public TimeProvider Clock { get; }

    public SqliteStateStore Home { get; }

    public SqliteStateStore Pair { get; }

    public static RegionRole Serving(string region, long epoch) =>
        new(epoch, region, RegionDuty.Serving, string.Empty, 0, DateTimeOffset.UnixEpoch, "test");

    public static RegionRole Standby(string holder, long epoch) =>
        new(epoch, holder, RegionDuty.Standby, null, 0, DateTimeOffset.UnixEpoch, "test");

    public static async Task<MirrorPair> StartAsync(bool joined = true, TimeProvider? clock = null)
    {
        var pair = new MirrorPair(clock ?? TimeProvider.System);
        if (joined)
        {
            await new RegionSeat(null, 0).ChangeAsync(pair.Home, Serving("eastus", 1), [], default);
            await new RegionSeat(null, 0).ChangeAsync(pair.Pair, Standby("eastus", 1), [], default);
        }

        return pair;
    }

    /// <summary>What home tells its pair.</summary>
    public async Task<IMirrorSource> SourceAsync()
    {
        var seat = await RegionSeat.ReadAsync(Home, default);
        return new MirrorSource(
            new RegionStore(Home, seat, owns: false),
            new(await RegionKeys.StoreIdAsync(Home, default), seat.Role?.Epoch ?? 0, seat.Role?.ServedFrom ?? 0), Clock);
    }

    public async Task<RegionMirror> MirrorAsync(IMirrorSource? source = null) =>
        new(source ?? await SourceAsync(), Pair, Clock, NullLogger.Instance);

    /// <summary>Copies until the copy shows a revision of home.</summary>
    public async Task CatchUpAsync(IMirrorSource? source = null)
    {
        var revision = (await Home.ListAsync("", null, 1, keysOnly: true, default)).Revision;
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await (await MirrorAsync(source)).RunAsync(mirror => mirror.Revision >= revision, patience.Token);
        Assert.True((await RegionSeat.ReadAsync(Pair, default)).Role!.Mirror!.Revision >= revision);
    }

    public async Task<long> PutAsync(string key, string value) =>
        (await Home.CommitAsync([], [new(key, Encoding.UTF8.GetBytes(value))], default)).Revision;

    public async Task DeleteAsync(string key) => await Home.CommitAsync([], [new(key, null)], default);

    /// <summary>What a store holds for its region, a line for each key.</summary>
    public static async Task<string> ShowAsync(IStateStore store, string root)
    {
        var lines = new List<string>();
        string? after = null;
        StatePage page;
        do
        {
            page = await store.ListAsync(root, after, StateLimits.PageEntriesMax, default);
            lines.AddRange(page.Entries
                .Where(entry => entry.LeaseId == 0 && MirrorSource.Goes(entry.Key[root.Length..]))
                .Select(entry => $"{entry.Key[root.Length..]}={Encoding.UTF8.GetString(entry.Value.Span)}"));
            after = page.Entries.Count > 0 ? page.Entries[^1].Key : after;
        }
        while (page.HasMore);
        return string.Join('\n', lines);
    }

    public async Task<string> ShowCopyAsync() =>
        (await RegionSeat.ReadAsync(Pair, default)).Role?.Root is { } root ? await ShowAsync(Pair, root) : "no copy";

    public async ValueTask DisposeAsync()
    {
        await Home.DisposeAsync();
        await Pair.DisposeAsync();
        _folder.Dispose();
    }

    private SqliteStateStore Open(string file) =>
        SqliteStateStore.Open(new() { Path = _folder.File(file) }, Clock, NullLogger<SqliteStateStore>.Instance);
}
