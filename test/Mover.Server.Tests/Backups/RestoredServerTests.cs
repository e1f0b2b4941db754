using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Mover.Core.Access;
using Mover.Core.AgentProtocol;
using Mover.Core.Arm;
using Mover.Core.Jobs;
using Mover.Server.Backups;
using Mover.Server.DataFolders;
using Mover.Server.JobRuns;
using Mover.Server.Keys;
using Mover.State;
using Mover.State.Copies;
using Mover.State.Documents;
using Mover.State.Tests;
using Mover.State.Tests.Etcd;
using Mover.Testing;

namespace Mover.Server.Tests.Backups;

/// <summary>A server over a restored state: for clients and agents time does not run backwards.</summary>
public sealed class RestoredServerTests : IDisposable
{
    private static readonly BackupKeys Passphrase = new(new Secret("correct horse battery"), null);
    private readonly TempFolder _data = new();

    public void Dispose() => _data.Dispose();

    [Fact]
    public async Task An_agent_that_knows_more_than_the_restored_state_continues_under_the_newest_claim_that_was_lost()
    {
        // What the backup does not show: another process has the run.
        var (server, agent, run) = await LoseClaimAsync(2);
        await using var _ = server;
        var newest = await ReportAsync(server, agent, run, 2);
        var older = await ReportAsync(server, agent, run, 1);
        var offered = await ClaimAsync(server, agent, "after");

        Assert.Null(newest);
        Assert.Equal("RunOwnedElsewhere", older);
        Assert.Null(offered);
    }

    [Fact]
    public async Task A_restored_claim_is_void_until_its_agent_reports_and_new_epochs_exceed_lost_ones()
    {
        var (server, agent, run) = await LoseClaimAsync(1);
        await using var _ = server;
        var order = await ClaimAsync(server, agent, "after");
        var refused = new[] { await ReportAsync(server, agent, run, 1), await ReportAsync(server, agent, run, 2) };
        var accepted = await ReportAsync(server, agent, run, order!.Epoch);

        Assert.Equal(run, order.RunId, ignoreCase: true);
        Assert.True(order.Epoch > 1L << 40, $"{order.Epoch}");
        Assert.All(refused, refusal => Assert.Equal("RunOwnedElsewhere", refusal));
        Assert.Null(accepted);
    }

    [Fact]
    public async Task A_run_that_waits_in_the_backup_and_was_claimed_since_is_claimed_above_that()
    {
        ResourceId agent;
        await using (var lost = await TestServer.StartAsync(folder: _data.At("lost")))
        {
            await lost.CreateJobAsync();
            agent = AgentOf(lost);
            await lost.PostAsync(lost.Definition() + "/startJob");
            await BackUpAsync("lost");
            Assert.Equal(1, (await ClaimAsync(lost, agent, "before"))?.Epoch);
        }

        await RestoreAsync("restored");
        await using var server = await TestServer.StartAsync(folder: _data.At("restored"));

        Assert.True((await ClaimAsync(server, agent, "after"))?.Epoch > 1);
    }

    [Fact]
    public async Task Of_two_restores_of_one_backup_the_later_gives_out_higher_epochs()
    {
        var now = new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
        await using var lost = await TestServer.StartAsync(folder: _data.At("lost"));
        await using var snapshot = await new StatePlace(StateEngine.Sqlite, lost.Folder).Engine.SnapshotAsync(Host(lost.Folder), default);

        var first = RestoreMark.Of(snapshot, null, now);
        var later = RestoreMark.Of(snapshot, null, now.AddSeconds(1));
        var clockSetBack = RestoreMark.Of(snapshot, first, now.AddYears(-1));

        Assert.True(later.EpochBase - first.EpochBase >= 1 << 20);
        Assert.True(clockSetBack.EpochBase - first.EpochBase >= 1 << 20);
    }

    [Fact]
    public async Task An_ETag_of_the_lost_state_opens_no_write_and_is_not_given_out_again()
    {
        var seen = new List<string?>();
        string project;
        await using (var lost = await TestServer.StartAsync(folder: _data.At("lost")))
        {
            await lost.CreateMoverAsync();
            project = lost.Mover() + "/projects/p";
            seen.Add(await PutAsync(lost, project, "0"));
            await BackUpAsync("lost");
            seen.Add(await PutAsync(lost, project, "1"));
            seen.Add(await PutAsync(lost, project, "2"));
        }

        await RestoreAsync("restored");
        await using var server = await TestServer.StartAsync(folder: _data.At("restored"));
        var stale = await server.SendAsync(
            HttpMethod.Put, $"{project}?api-version={TestServer.ApiVersion}", Body("x"), ("If-Match", seen[^1]!));
        var kept = (await server.GetAsync(project)).Headers.ETag?.Tag;
        var again = new[] { await PutAsync(server, project, "1"), await PutAsync(server, project, "2") };

        Assert.Equal(HttpStatusCode.PreconditionFailed, stale.StatusCode);
        Assert.Equal(seen[0], kept);
        Assert.Empty(again.Intersect(seen));
    }

    [Fact]
    public async Task The_beginning_of_a_copy_is_not_served()
    {
        await using (var store = await OpenAsync("data"))
        {
            await new DocumentStore(store).PutAsync(
                UnfinishedMark.Key, Mark(), StoreMarksJson.Default.UnfinishedMark, default, new("t", "User", Mark().StartedAt, "c"), default);
        }

        var refused = await Assert.ThrowsAsync<StateException>(() => TestServer.StartAsync(folder: _data.At("data")));

        Assert.Contains("so no server will use it. Run the same 'mover state copy' again", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_copy_that_begins_while_a_server_starts_wins_or_does_not_begin()
    {
        var refused = await Assert.ThrowsAsync<StateException>(() => TestServer.StartAsync(
            options => options with
            {
                Store = new("sqlite", async (host, cancel) => new LateCopyStore(await StateEngine.Sqlite.OpenAsync(host, cancel))),
            },
            folder: _data.At("data")));

        Assert.Contains("no server will use it", refused.Message, StringComparison.Ordinal);
        await using var store = await OpenAsync("data");
        Assert.Null(await store.GetAsync("identity/deployment", default));
    }

    [Fact]
    public async Task A_ring_that_seals_a_backup_is_not_in_it_and_a_passphrase_brings_the_folders_own_along()
    {
        await using (var server = await TestServer.StartAsync(folder: _data.At("one")))
        {
            var ring = await StateBackup.MakeAsync(Place("one"), _data.At("ring"), new(null, null), TimeProvider.System, NullLoggerFactory.Instance, null, default);
            var passphrase = await BackUpAsync("one");
            Assert.Equal((false, true), (ring.HoldsRing, passphrase.HoldsRing));
        }

        var without = await Assert.ThrowsAsync<DataFolderException>(() => RestoreAsync("two", "ring", new(null, null)));
        var wrong = await Assert.ThrowsAsync<StateException>(() => RestoreAsync("two", keys: new(new Secret("another passphrase"), null)));
        await RestoreAsync("two", "ring", new(null, _data.At("one", "access", "key-ring")));
        await RestoreAsync("three");

        Assert.Contains("specify that ring with --key-ring", without.Message, StringComparison.Ordinal);
        Assert.Contains("it has another key", wrong.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(_data.At("two", "access", "key-ring")));
        Assert.Equal(await File.ReadAllBytesAsync(_data.At("one", "access", "key-ring")), await File.ReadAllBytesAsync(_data.At("three", "access", "key-ring")));
        Assert.DoesNotContain("mover-key", await File.ReadAllTextAsync(_data.At("backup")), StringComparison.Ordinal);
    }

    [RequiresFact("MOVER_ETCD")]
    public async Task An_estate_goes_from_a_file_to_etcd_and_back_and_is_served_at_each_place()
    {
        await using var etcd = await EtcdServer.StartQuickAsync();
        var members = new StatePlace(StateEngine.Parse($"etcd://{etcd.Endpoint(0).Authority}"), _data.At("etcd"));
        await using (var server = await TestServer.StartAsync(folder: _data.At("one")))
        {
            await server.CreateJobAsync();
        }

        var ring = _data.At("one", "access", "key-ring");
        await StateMove.CopyAsync(Place("one"), members, false, TimeProvider.System, NullLoggerFactory.Instance, null, default);
        await using (var server = await TestServer.StartAsync(
            options => options with { Store = members.Engine, KeyRing = ring }, folder: _data.At("etcd")))
        {
            Assert.Equal(HttpStatusCode.OK, (await server.GetAsync(server.Definition())).StatusCode);
            Assert.True((await server.PutAsync(server.Mover() + "/projects/later", "{}")).IsSuccessStatusCode);
        }

        await StateMove.CopyAsync(members, Place("back"), false, TimeProvider.System, NullLoggerFactory.Instance, null, default);
        await using var back = await TestServer.StartAsync(options => options with { KeyRing = ring }, folder: _data.At("back"));

        Assert.Equal(HttpStatusCode.OK, (await back.GetAsync(back.Mover() + "/projects/later")).StatusCode);
    }

    /// <summary>A server over a state whose backup was made when a run had its first claim; it got others since.</summary>
    private async Task<(TestServer Server, ResourceId Agent, string Run)> LoseClaimAsync(int claims)
    {
        string run;
        ResourceId agent;
        await using (var lost = await TestServer.StartAsync(folder: _data.At("lost")))
        {
            await lost.CreateJobAsync();
            agent = AgentOf(lost);
            run = $"{(await (await lost.PostAsync(lost.Definition() + "/startJob")).JsonAsync())["jobRunResourceId"]}";
            Assert.Equal(1, (await ClaimAsync(lost, agent, "before"))?.Epoch);
            await BackUpAsync("lost");
            for (var epoch = 2; epoch <= claims; epoch++)
            {
                Assert.Equal(epoch, (await ClaimAsync(lost, agent, "before"))?.Epoch);
            }
        }

        await RestoreAsync("restored");
        return (await TestServer.StartAsync(folder: _data.At("restored")), agent, run);
    }

    private static UnfinishedMark Mark() => new(CopyKinds.Copy, "elsewhere", 1, TimeProvider.System.GetUtcNow(), "a");

    private static string Body(string text) => $$$"""{"properties":{"description":"{{{text}}}"}}""";

    private static async Task<string?> PutAsync(TestServer server, string path, string text)
    {
        Assert.True((await server.PutAsync(path, Body(text))).IsSuccessStatusCode);
        return (await server.GetAsync(path)).Headers.ETag?.Tag;
    }

    private static ResourceId AgentOf(TestServer server) => ResourceId.TryParse(server.Mover() + "/agents/a1", out var id) ? id : default;

    private static async Task<WorkOrder?> ClaimAsync(TestServer server, ResourceId agent, string instance) =>
        (await server.Services.GetRequiredService<RunClaims>().FindWorkAsync(agent, new(instance, [], [], 0), default)).Order;

    private static async Task<string?> ReportAsync(TestServer server, ResourceId agent, string run, long epoch)
    {
        var report = new RunReport
        {
            RunId = run, Epoch = epoch, Sequence = 7, Status = AgentRunStatus.Running, ScanStatus = AgentScanStatus.Scanning,
            Counters = new(), StartedAt = TimeProvider.System.GetUtcNow(),
        };
        var answer = await server.Services.GetRequiredService<RunReports>().AcceptAsync(agent, report, default);
        return answer.Try(out _, out var refusal) ? null : refusal.Code;
    }

    private static StateHost Host(string folder) => new(folder, false, TimeProvider.System, NullLoggerFactory.Instance);

    private StatePlace Place(string folder) => new(StateEngine.Sqlite, _data.At(folder));

    private Task<IStateStore> OpenAsync(string folder) => StateEngine.Sqlite.OpenAsync(Host(_data.At(folder)), default);

    private Task<BackupMade> BackUpAsync(string folder) => StateBackup.MakeAsync(
        Place(folder), _data.At("backup"), Passphrase, TimeProvider.System, NullLoggerFactory.Instance, null, default);

    private Task<StateRestored> RestoreAsync(string folder, string file = "backup", BackupKeys? keys = null) => StateRestore.RunAsync(
        _data.At(file), Place(folder), keys ?? Passphrase, false, TimeProvider.System, NullLoggerFactory.Instance, null, default);

    /// <summary>A copy begins between the look of a server that starts and its first write.</summary>
    private sealed class LateCopyStore(IStateStore store) : PassingStore(store)
    {
        private bool _isBegun;

        public override async ValueTask<CommitResult> CommitAsync(
            IReadOnlyList<StateCondition> conditions, IReadOnlyList<StateWrite> writes, CancellationToken cancel)
        {
            if (!_isBegun)
            {
                _isBegun = true;
                await new DocumentStore(Inner).PutAsync(
                    UnfinishedMark.Key, Mark(), StoreMarksJson.Default.UnfinishedMark, default, new("t", "User", Mark().StartedAt, "c"), cancel);
            }

            return await base.CommitAsync(conditions, writes, cancel);
        }
    }
}
