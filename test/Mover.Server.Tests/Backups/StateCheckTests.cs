using Microsoft.Extensions.Logging.Abstractions;
using Mover.Core.Arm;
using Mover.Server.Background;
using Mover.Server.Backups;
using Mover.Server.Presence;
using Mover.State;
using Mover.State.Documents;
using Mover.Testing;

namespace Mover.Server.Tests.Backups;

/// <summary>What does not hold in a state is found, each by name, and indexes are made right again.</summary>
public sealed class StateCheckTests : IAsyncLifetime
{
    private const string Daily =
        """{"properties":{"schedule":{"frequency":"Daily","isActive":true,"startDate":"2026-05-04T00:00:00Z","endDate":"2099-06-04T00:00:00Z","executionTime":{"hour":8,"minute":30}}}}""";

    private readonly TempFolder _data = new();

    private StatePlace Place => new(StateEngine.Sqlite, _data.Path);

    private static int Seed => Setting.Seed(20261130);

    // Two definitions with schedules; a run of the first waits.
    public async Task InitializeAsync()
    {
        await using var server = await TestServer.StartAsync(folder: _data.Path);
        await server.CreateJobAsync();
        await server.CreateAsync(server.Definition("j2"), Some.DefinitionBody);
        await server.PatchAsync(server.Definition(), Daily);
        await server.PatchAsync(server.Definition("j2"), Daily);
        Assert.True((await server.PostAsync(server.Definition() + "/startJob")).IsSuccessStatusCode);
    }

    public Task DisposeAsync()
    {
        _data.Dispose();
        return Task.CompletedTask;
    }

    [Fact]
    public async Task A_state_that_a_server_wrote_is_whole_while_it_is_served_and_afterwards()
    {
        var stopped = await CheckAsync();
        await using var server = await TestServer.StartAsync(folder: _data.Path);
        await server.CreateAsync(server.Mover() + "/projects/more", "{}");

        var served = await CheckAsync();

        Assert.Empty(stopped.Problems);
        Assert.Empty(served.Problems);
        Assert.Equal(6, stopped.Indexed);
        Assert.True(served.Documents > stopped.Documents && stopped.Records > 10);
    }

    [Theory]
    [InlineData("scheduled/")]
    [InlineData("active/")]
    [InlineData("queue/")]
    public async Task A_missing_index_entry_is_reported_and_repaired(string area)
    {
        foreach (var entry in await EntriesAsync(area))
        {
            await WriteAsync(entry.Key, null);

            var found = Assert.Single((await CheckAsync()).Problems);
            var (repaired, after) = await RepairAsync();

            Assert.StartsWith(area == "queue/" ? entry.Key[..entry.Key.LastIndexOf('/')] : entry.Key, found.Key, StringComparison.Ordinal);
            Assert.True(repaired >= 1);
            Assert.Empty(after.Problems);
        }

        Assert.Empty((await CheckAsync()).Problems);
    }

    [Theory]
    [InlineData("scheduled/")]
    [InlineData("active/")]
    [InlineData("queue/")]
    public async Task A_surplus_index_entry_is_reported_and_removed(string area)
    {
        // As it was before: what it is about is gone.
        var entries = await EntriesAsync(area);
        await using (var server = await TestServer.StartAsync(folder: _data.Path))
        {
            await server.PostAsync(server.Definition() + "/stopJob");
            await server.PatchAsync(server.Definition(), Daily.Replace("\"isActive\":true", "\"isActive\":false", StringComparison.Ordinal));
        }

        var kept = (await EntriesAsync(area)).Select(entry => entry.Key).ToHashSet(StringComparer.Ordinal);
        foreach (var entry in entries.Where(entry => !kept.Contains(entry.Key)))
        {
            await WriteAsync(entry.Key, entry.Value.ToArray());
            Assert.Equal(entry.Key, Assert.Single((await CheckAsync()).Problems).Key);
            Assert.Empty((await RepairAsync()).After.Problems);
            Assert.DoesNotContain(await EntriesAsync(area), one => one.Key == entry.Key);
        }

        Assert.NotEqual(entries.Count, kept.Count);
    }

    [Fact]
    public async Task An_entry_with_another_schedule_than_its_definition_is_made_again()
    {
        var entries = await EntriesAsync("scheduled/");
        await using (var server = await TestServer.StartAsync(folder: _data.Path))
        {
            await server.PatchAsync(server.Definition(), Daily.Replace("\"hour\":8", "\"hour\":9", StringComparison.Ordinal));
        }

        await WriteAsync(entries[0].Key, entries[0].Value.ToArray());
        var found = Assert.Single((await CheckAsync()).Problems);
        Assert.Empty((await RepairAsync()).After.Problems);

        Assert.Contains("a different schedule", found.What, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_hold_without_a_lease_is_reported_and_removed()
    {
        Assert.True(ResourceId.TryParse("/subscriptions/s/resourceGroups/g/providers/Microsoft.StorageMover/storageMovers/m/agents/a", out var agent));
        var key = PresenceKeys.HoldOf(agent, "0123456789abcdef");
        await using (var store = await OpenAsync())
        {
            var stamp = new WriteStamp("test", "User", TimeProvider.System.GetUtcNow(), Guid.NewGuid().ToString());
            var commit = await new DocumentStore(store, TimeProvider.System).CommitAsync(
                [DocumentWrite.Put(key, new LoopOwner("gone"), LoopJson.Default.LoopOwner)], stamp, default);
            Assert.True(commit.Committed);
        }

        var found = Assert.Single((await CheckAsync()).Problems);
        var (repaired, after) = await RepairAsync();

        Assert.Equal((key.Stored, "has no lease, so it would never expire"), (found.Key, found.What));
        Assert.Equal(1, repaired);
        Assert.Empty(after.Problems);
        Assert.Empty(await EntriesAsync("heard/"));
    }

    [Fact]
    public async Task Flipped_bits_of_documents_are_found_by_the_names_of_the_documents()
    {
        var random = new Random(Seed);
        var all = (await EntriesAsync(string.Empty)).Where(entry =>
            !entry.Key.StartsWith("audit/", StringComparison.Ordinal) && !entry.Key.StartsWith("commits/", StringComparison.Ordinal)).ToList();
        for (var round = 0; round < 40; round++)
        {
            var entry = all[random.Next(all.Count)];
            var bytes = entry.Value.ToArray();

            // In the value, which the digest covers; the creation stamp is not covered.
            var value = bytes.AsSpan().IndexOf("\"value\":"u8) + 8;
            bytes[random.Next(value, bytes.Length - 1)] ^= (byte)(1 << random.Next(8));
            await WriteAsync(entry.Key, bytes);

            Assert.Contains((await CheckAsync()).Problems, problem => problem.Key == entry.Key && problem.What == "does not match its digest");
            await WriteAsync(entry.Key, entry.Value.ToArray());
        }

        Assert.Empty((await CheckAsync()).Problems);
    }

    [Fact]
    public async Task A_damaged_audit_record_is_named()
    {
        var record = (await EntriesAsync("audit/"))[3];
        await WriteAsync(record.Key, "{"u8.ToArray());
        await WriteAsync((await EntriesAsync("audit/"))[4].Key, record.Value.ToArray());

        Assert.Equal(["is not JSON", "is stored under another time than it states"], (await CheckAsync()).Problems.Select(problem => problem.What));
    }

    private Task<StateChecked> CheckAsync() => StateCheck.OfStoreAsync(Place, TimeProvider.System, NullLoggerFactory.Instance, default);

    private Task<(long Repaired, StateChecked After)> RepairAsync() =>
        IndexRepair.RunAsync(Place, TimeProvider.System, NullLoggerFactory.Instance, default);

    private async Task<List<StateEntry>> EntriesAsync(string prefix)
    {
        await using var store = await OpenAsync();
        return [.. (await store.ListAsync(prefix, null, StateLimits.PageEntriesMax, default)).Entries];
    }

    private async Task WriteAsync(string key, byte[]? value)
    {
        await using var store = await OpenAsync();
        await store.CommitAsync([], [value is null ? new StateWrite(key, null) : new(key, value)], default);
    }

    private Task<IStateStore> OpenAsync() =>
        StateEngine.Sqlite.OpenAsync(new(_data.Path, false, TimeProvider.System, NullLoggerFactory.Instance), default);
}
