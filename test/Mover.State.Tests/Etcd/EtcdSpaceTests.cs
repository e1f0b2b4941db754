using Microsoft.Extensions.Logging.Abstractions;
using Mover.State.Etcd;
using Mover.Testing;

namespace Mover.State.Tests.Etcd;

/// <summary>An etcd that has come to its quota, or takes less at once than usual.</summary>
public sealed class EtcdSpaceTests
{
    [RequiresFact("MOVER_ETCD")]
    public async Task A_full_etcd_refuses_writes_and_leases_with_advice_and_still_reads_and_deletes()
    {
        await using var server = await EtcdServer.StartQuickAsync("--quota-backend-bytes=16777216");
        await using var store = await OpenAsync(server);
        await store.CommitAsync([], [new("a", new byte[1])], default);

        var fault = await Assert.ThrowsAsync<StateException>(async () =>
        {
            for (var at = 0; at < 100; at++)
            {
                await store.CommitAsync([], [new("large", new byte[StateLimits.ValueBytesMax])], default);
            }
        });
        var small = await Assert.ThrowsAsync<StateException>(async () => await store.CommitAsync([], [new("b", new byte[1])], default));
        var lease = await Assert.ThrowsAsync<StateException>(async () => await store.GrantLeaseAsync(TimeSpan.FromMinutes(1), default));
        var deleted = await store.CommitAsync([], [new("a", null)], default);

        Assert.All([fault, small, lease], full => Assert.Equal(StateFault.Full, full.Fault));
        Assert.Contains("etcdctl alarm disarm", fault.Message, StringComparison.Ordinal);
        Assert.Equal(CommitOutcome.Committed, deleted.Outcome);
        Assert.Null(await store.GetAsync("a", default));
        Assert.Null(await store.GetAsync("b", default));
    }

    [RequiresFact("MOVER_ETCD")]
    public async Task An_etcd_that_takes_smaller_requests_than_the_contract_is_named_with_the_flag()
    {
        await using var server = await EtcdServer.StartQuickAsync("--max-request-bytes=100000");
        await using var store = await OpenAsync(server);

        var fault = await Assert.ThrowsAsync<StateException>(async () => await store.CommitAsync([], [new("a", new byte[200000])], default));

        Assert.Equal(StateFault.LimitExceeded, fault.Fault);
        Assert.Contains("--max-request-bytes=1572864", fault.Message, StringComparison.Ordinal);
    }

    [RequiresFact("MOVER_ETCD")]
    public async Task Large_values_come_in_pages_of_bounded_size_and_one_read_takes_many_of_them()
    {
        await using var server = await EtcdServer.StartQuickAsync();
        await using var store = await OpenAsync(server);
        List<string> keys = [.. Enumerable.Range(0, 40).Select(at => $"k{at:d2}")];
        foreach (var key in keys)
        {
            await store.CommitAsync([], [new(key, new byte[StateLimits.ValueBytesMax])], default);
        }

        var (found, largest) = (new List<string>(), 0L);
        StatePage page;
        do
        {
            page = await store.ListAsync("k", found.LastOrDefault(), 100, default);
            largest = Math.Max(largest, page.Entries.Sum(entry => (long)entry.Value.Length));
            found.AddRange(page.Entries.Select(entry => entry.Key));
        }
        while (page.HasMore);
        var read = await store.ReadAsync(keys, default);

        Assert.Equal(keys, found);
        Assert.InRange(largest, 1, 8 * 1024 * 1024);
        Assert.All(read.Entries, entry => Assert.Equal(StateLimits.ValueBytesMax, entry?.Value.Length));
        Assert.Equal(page.Revision, read.Revision);
    }

    [RequiresFact("MOVER_ETCD")]
    public async Task A_page_that_comes_in_parts_is_one_moment_of_the_store()
    {
        await using var server = await EtcdServer.StartQuickAsync();
        await using var store = await OpenAsync(server);
        StateWrite[] writes = [.. Enumerable.Range(0, 100).Select(at => new StateWrite($"k{at:d3}", new byte[10]))];
        await store.CommitAsync([], writes, default);
        using var stop = new CancellationTokenSource();
        var writing = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                await store.CommitAsync([], writes, default);
            }
        });

        for (var at = 0; at < 50; at++)
        {
            var page = await store.ListAsync("k", null, 100, default);

            Assert.Equal(100, page.Entries.Count);
            Assert.Single(page.Entries.Select(entry => entry.ModRevision).Distinct());
            Assert.InRange(page.Entries[0].ModRevision, 1, page.Revision);
        }

        await stop.CancelAsync();
        await writing;
    }

    private static Task<EtcdStateStore> OpenAsync(EtcdServer server) => EtcdStateStore.OpenAsync(
        new() { Endpoints = server.Endpoints, CallTimeout = TimeSpan.FromSeconds(10) },
        TimeProvider.System,
        NullLogger<EtcdStateStore>.Instance,
        default);
}
