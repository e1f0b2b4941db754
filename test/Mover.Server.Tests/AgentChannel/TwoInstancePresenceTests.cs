using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Mover.Core.AgentProtocol;
using Mover.Core.Arm;
using Mover.Server.Presence;
using Mover.Server.Tests.Operations;
using Mover.State;
using Mover.State.Documents;

namespace Mover.Server.Tests.AgentChannel;

/// <summary>How agents are shown by two instances over one store, when they move and when an instance dies.</summary>
public sealed class TwoInstancePresenceTests : SharedStoreTests
{
    private readonly TestClock _clock = new(TimeProvider.System.GetUtcNow());
    private SharedStore _first = null!;
    private TestServer _one = null!;
    private TestServer _two = null!;

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        _first = new SharedStore(Store);
        _one = await StartAsync("one", _first, _clock);
        await _one.CreateJobAsync();
        _two = await StartAsync("two", new SharedStore(Store), _clock);
    }

    public override async Task DisposeAsync()
    {
        await EndAsync(_two);
        await EndAsync(_one);
        await base.DisposeAsync();
    }

    [Fact]
    public void A_lease_and_the_grace_after_it_are_shorter_than_an_agent_may_be_silent() =>
        Assert.True(PresenceLease.TimeToLive + PresenceLease.Grace < AgentChannelLimits.OfflineAfter);

    [Fact]
    public async Task What_one_instance_hears_the_other_shows()
    {
        await BeatAsync(_one, AgentCondition.Executing);

        await ShowsAsync(_two, "Executing");

        await BeatAsync(_one, AgentCondition.Online);
        await ShowsAsync(_two, "Online");
    }

    [Fact]
    public async Task The_agents_of_an_instance_that_dies_are_Offline_when_its_lease_and_the_grace_are_over()
    {
        await BeatAsync(_one);
        await ShowsAsync(_two, "Online");

        await KillOneAsync();
        await UnheldAsync();
        var before = await StatusAsync(_two);
        _clock.Now += PresenceLease.Grace + TimeSpan.FromSeconds(1);

        Assert.Equal(("Online", "Offline"), (before, await StatusAsync(_two)));
        await RecordedAsync("Offline");
    }

    [Fact]
    public async Task An_agent_that_moves_from_an_instance_that_dies_is_never_shown_Offline()
    {
        await BeatAsync(_one);
        await ShowsAsync(_two, "Online");
        await using var seen = Follow();
        var told = new List<string>();

        await KillOneAsync();
        await UnheldAsync();
        told.Add(await StatusAsync(_two));
        _clock.Now += PresenceLease.Grace - TimeSpan.FromSeconds(1);
        told.Add(await StatusAsync(_two));
        await BeatAsync(_two);
        for (var beat = 0; beat < 4; beat++)
        {
            _clock.Now += AgentChannelLimits.BeatInterval;
            await BeatAsync(_two);
            await TendAsync(_two);
            told.Add(await StatusAsync(_two));
        }

        Assert.All(told, status => Assert.Equal("Online", status));
        Assert.DoesNotContain("Offline", seen.Statuses);
    }

    [Fact]
    public async Task An_agent_that_goes_to_and_fro_between_living_instances_is_never_shown_Offline()
    {
        await using var seen = Follow();
        var told = new List<string>();
        foreach (var heardBy in new[] { _one, _two, _one, _one, _one, _one, _two, _two, _two, _two, _two })
        {
            await BeatAsync(heardBy);
            await TendAsync(_one);
            await TendAsync(_two);
            await ShowsAsync(_one, "Online");
            told.Add(await StatusAsync(_one));
            told.Add(await StatusAsync(_two));
            _clock.Now += AgentChannelLimits.BeatInterval;
        }

        Assert.All(told, status => Assert.Equal("Online", status));
        Assert.DoesNotContain("Offline", seen.Statuses);
    }

    [Fact]
    public async Task An_agent_that_two_instances_hold_is_Offline_when_both_let_go_at_once()
    {
        await BeatAsync(_one);
        await BeatAsync(_two);
        await HeldAsync(2);

        _clock.Now += AgentChannelLimits.OfflineAfter + TimeSpan.FromSeconds(1);

        await RecordedAsync("Offline", () => Task.WhenAll(TendAsync(_one), TendAsync(_two)));
        await HeldAsync(0);
    }

    [Fact]
    public async Task An_instance_that_loses_its_lease_and_lives_holds_its_agents_again()
    {
        await BeatAsync(_one);
        await HeldAsync(1);

        await RevokeAsync();
        await HeldAsync(1);

        Assert.Equal("Online", await StatusAsync(_two));
    }

    [Fact]
    public async Task An_instance_that_stops_lets_go_of_its_agents_at_once()
    {
        await BeatAsync(_one);
        await HeldAsync(1);

        await _one.Services.GetServices<IHostedService>().OfType<PresenceLeaseLoop>().Single().StopAsync(default);

        Assert.Empty(await HoldsAsync());
        Assert.Equal("Online", await StatusAsync(_two));
    }

    [Fact]
    public async Task Beats_write_nothing_and_a_minutes_refresh_is_one_commit_for_many_agents()
    {
        var presence = _two.Services.GetRequiredService<AgentPresence>();
        var agents = new List<ResourceId>();
        for (var at = 0; at < PresenceWrites.Batch; at++)
        {
            await _two.CreateAsync($"{_two.Mover()}/agents/b{at}", _two.AgentBody());
            Assert.True(ResourceId.TryParse($"{_two.Mover()}/agents/b{at}", out var id));
            agents.Add(id);
            await presence.HearAsync(id, Telemetry(AgentCondition.Online), default);
        }

        await using var seen = Follow();
        await Task.WhenAll(agents.Select(id => presence.HearAsync(id, Telemetry(AgentCondition.Online), default)));
        _clock.Now += AgentPresence.RefreshInterval / 2;
        await Task.WhenAll(agents.Select(id => presence.HearAsync(id, Telemetry(AgentCondition.Online), default)));
        await presence.TendAsync(default);
        var before = seen.Revisions.Distinct().Count();
        _clock.Now += AgentPresence.RefreshInterval / 2;
        await Task.WhenAll(agents.Select(id => presence.HearAsync(id, Telemetry(AgentCondition.Online), default)));
        await presence.TendAsync(default);

        await EventuallyAsync(() => Task.FromResult(seen.Revisions.Count == agents.Count));
        Assert.Equal((0, 1), (before, seen.Revisions.Distinct().Count()));
    }

    private ResourceId Agent => ResourceId.TryParse(_one.Mover() + "/agents/a1", out var id) ? id : default;

    private Task BeatAsync(TestServer server, AgentCondition condition = AgentCondition.Online) =>
        server.Services.GetRequiredService<AgentPresence>().HearAsync(Agent, Telemetry(condition), default);

    private static Task TendAsync(TestServer server) => server.Services.GetRequiredService<AgentPresence>().TendAsync(default);

    private async Task<string> StatusAsync(TestServer server) =>
        (string)(await (await server.GetAsync(Agent.Text)).JsonAsync())["properties"]!["agentStatus"]!;

    private Task ShowsAsync(TestServer server, string status) => EventuallyAsync(async () => await StatusAsync(server) == status);

    private Task RecordedAsync(string status, Func<Task>? act = null) => EventuallyAsync(async () =>
    {
        await (act?.Invoke() ?? Task.CompletedTask);
        return (await new DocumentStore(Store).GetAsync(
            PresenceKeys.RecordOf(Agent), PresenceJson.Default.PresenceRecord, default))?.Value.Status == status;
    });

    private Task HeldAsync(int holds) => EventuallyAsync(async () => (await HoldsAsync()).Count == holds
        && _two.Services.GetRequiredService<PresenceTable>().Find(Agent.Key)?.Holders.Count == holds);

    // Until the instance that lives has seen it.
    private Task UnheldAsync() => EventuallyAsync(() =>
        Task.FromResult(_two.Services.GetRequiredService<PresenceTable>().Find(Agent.Key)?.Holders.Count == 0));

    // What the time of its leases does to an instance that keeps them no longer.
    private async Task KillOneAsync()
    {
        _first.Die();
        await RevokeAsync();
        foreach (var loop in (await Store.ListAsync("loops/", null, 10, default)).Entries)
        {
            await Store.RevokeLeaseAsync(loop.LeaseId, default);
        }
    }

    private async Task RevokeAsync()
    {
        foreach (var hold in await HoldsAsync())
        {
            await Store.RevokeLeaseAsync(hold.LeaseId, default);
        }
    }

    private async Task<IReadOnlyList<StateEntry>> HoldsAsync() => (await Store.ListAsync("heard/", null, 100, default)).Entries;

    private static async Task EventuallyAsync(Func<Task<bool>> shows)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!await shows())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, limit.Token);
        }
    }

    private static AgentTelemetry Telemetry(AgentCondition condition) => new()
    {
        AgentVersion = "1.2.3", HostName = "host", LocalIpAddress = "10.0.0.7", MemoryInMB = 2048, NumberOfCores = 2, UptimeInSeconds = 5,
        TimeZone = "UTC", Condition = condition,
    };

    private Followed Follow() => new(Store);

    /// <summary>Every version of a record that the store has had since.</summary>
    private sealed class Followed : IAsyncDisposable
    {
        private readonly CancellationTokenSource _end = new();
        private readonly Task _following;

        public Followed(IStateStore store) => _following = FollowAsync(store);

        public ConcurrentQueue<string> Statuses { get; } = new();

        public ConcurrentQueue<long> Revisions { get; } = new();

        public async ValueTask DisposeAsync()
        {
            await _end.CancelAsync();
            await _following.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _end.Dispose();
        }

        private async Task FollowAsync(IStateStore store)
        {
            var from = (await store.ListAsync("presence/", null, 1, true, default)).Revision;
            await foreach (var seen in store.WatchAsync("presence/", from, _end.Token))
            {
                foreach (var change in seen.Changes.Where(change => change.Entry is not null))
                {
                    Statuses.Enqueue(DocumentStore.Open(change.Entry!, PresenceJson.Default.PresenceRecord).Value.Status);
                    Revisions.Enqueue(change.Revision);
                }
            }
        }
    }
}
