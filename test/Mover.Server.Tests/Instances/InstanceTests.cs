using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Mover.Core.AgentProtocol;
using Mover.Server.Background;
using Mover.Server.Instances;
using Mover.Server.Presence;
using Mover.Server.Tests.Operations;

namespace Mover.Server.Tests.Instances;

/// <summary>What instances over one store know of each other: when they start, stop, die, and lose their lease.</summary>
public sealed class InstanceTests : SharedStoreTests
{
    [Fact]
    public async Task Instances_know_each_others_zones_and_addresses()
    {
        await using var one = await StartAsync("one", "1");
        await using var two = await StartAsync("two", "rack-b");

        await KnowsAsync(one, "one", "two");
        await KnowsAsync(two, "one", "two");

        var seen = Seen(one, "two");
        Assert.Equal(("rack-b", two.Url), (seen.Zone, seen.Addresses.Single()));
        Assert.Equal(Seen(one, "two"), Seen(two, "two") with { Addresses = seen.Addresses });
    }

    [Fact]
    public async Task The_asked_instance_is_listed_first_and_the_order_is_stable()
    {
        await using var one = await StartAsync("one");
        await using var two = await StartAsync("two");
        await KnowsAsync(one, "one", "two");
        await KnowsAsync(two, "one", "two");

        var (ofOne, ofTwo) = (await AddressesAsync(one), await AddressesAsync(two));

        Assert.Equal([one.Url, two.Url], ofOne);
        Assert.Equal([two.Url, one.Url], ofTwo);
        Assert.Equal(ofOne, await AddressesAsync(one));
    }

    [Fact]
    public async Task Addresses_are_not_listed_without_a_token()
    {
        await using var one = await StartAsync("one");
        one.Http.DefaultRequestHeaders.Authorization = null;

        Assert.Equal(HttpStatusCode.Unauthorized, (await one.Http.GetAsync("/addresses")).StatusCode);
    }

    [Fact]
    public async Task An_instance_whose_lease_lapses_because_it_died_is_gone()
    {
        var store = new SharedStore(Store);
        var one = await StartAsync("one", store);
        await using var two = await StartAsync("two");
        await KnowsAsync(two, "one", "two");

        store.Die();
        await LapseHoldsAsync("one");

        await KnowsAsync(two, "two");
        Assert.Equal([two.Url], await AddressesAsync(two));
        await EndAsync(one);
    }

    [Fact]
    public async Task An_instance_that_loses_its_lease_and_lives_is_known_again()
    {
        await using var one = await StartAsync("one");
        await using var two = await StartAsync("two");
        await KnowsAsync(two, "one", "two");
        var before = one.Services.GetRequiredService<PresenceLease>().Current;

        await LapseHoldsAsync("one");

        await EventuallyAsync(() => one.Services.GetRequiredService<PresenceLease>().Current is > 0 and var now && now != before);
        await KnowsAsync(two, "one", "two");
    }

    [Fact]
    public async Task An_instance_that_stops_is_gone_before_it_stops_to_answer_and_says_in_its_answers_that_it_leaves()
    {
        await using var one = await StartAsync("one");
        await using var two = await StartAsync("two");
        await KnowsAsync(one, "one", "two");
        await KnowsAsync(two, "one", "two");
        var before = await one.Http.GetAsync("/addresses");

        var stopping = one.Services.GetRequiredService<Departure>().StoppingAsync(default);
        await KnowsAsync(two, "two");
        var answer = await one.Http.GetAsync("/addresses");
        await stopping;

        Assert.False(before.Headers.Contains(AgentChannelLimits.LeavingHeader));
        Assert.True(answer.Headers.Contains(AgentChannelLimits.LeavingHeader));
        Assert.True(answer.Headers.ConnectionClose);
        Assert.Equal([two.Url], (await answer.JsonAsync())["addresses"]!.AsArray().Select(address => (string)address!));
    }

    [Fact]
    public async Task The_only_instance_waits_for_nothing_when_it_stops()
    {
        await using var one = await StartAsync("one");
        await KnowsAsync(one, "one");
        var started = TimeProvider.System.GetTimestamp();

        await one.Services.GetRequiredService<Departure>().StoppingAsync(default);

        Assert.True(TimeProvider.System.GetElapsedTime(started) < Departure.DrainTime);
    }

    [Theory]
    [InlineData("mover.example")]
    [InlineData("192.0.2.7")]
    [InlineData("2001:db8::7")]
    [InlineData("https://mover.example")]
    [InlineData("https://mover.example:8443")]
    [InlineData("https://[2001:db8::7]:8443")]
    public void What_names_one_host_can_be_advertised(string given) => Assert.Null(AdvertisedAddress.Refuse(given));

    [Theory]
    [InlineData("http://mover.example", "not https")]
    [InlineData("https://0.0.0.0:7443", "all addresses")]
    [InlineData("https://[::]:7443", "all addresses")]
    [InlineData("https://*:7443", "all addresses")]
    [InlineData("https://+:7443", "all addresses")]
    [InlineData("0.0.0.0", "all addresses")]
    [InlineData("*", "all addresses")]
    [InlineData("https://mover.example:0", "https://HOST:PORT")]
    [InlineData("https://mover.example/a", "https://HOST:PORT")]
    [InlineData("https://a@mover.example", "https://HOST:PORT")]
    [InlineData("https://", "https://HOST:PORT")]
    [InlineData("mover.example:7443", "neither")]
    [InlineData("two words", "neither")]
    [InlineData("", "neither")]
    public void An_invalid_advertised_address_is_refused_with_the_reason(string given, string why) =>
        Assert.Contains(why, AdvertisedAddress.Refuse(given), StringComparison.Ordinal);

    [Theory]
    [InlineData("https://0.0.0.0:7443", "", "https://host7:7443")]
    [InlineData("https://192.0.2.7:7443", "", "https://192.0.2.7:7443")]
    [InlineData("https://0.0.0.0:7443", "mover.example https://outer.example 2001:db8::7",
        "https://mover.example:7443 https://outer.example https://[2001:db8::7]:7443")]
    [InlineData("https://[::]:443", "Mover.example", "https://mover.example")]
    public void Clients_are_told_what_is_advertised_or_else_what_is_listened_at(string bound, string advertised, string told) =>
        Assert.Equal(told, string.Join(' ', AdvertisedAddress.Of(
            [bound], advertised.Split(' ', StringSplitOptions.RemoveEmptyEntries), "HOST7")));

    private Task<TestServer> StartAsync(string name, string zone = "1") => StartAsync(name, new SharedStore(Store), zone);

    private Task<TestServer> StartAsync(string name, SharedStore store, string zone = "1") =>
        TestServer.StartAsync(options => SharedStore.Under(options, name, store) with { Zone = zone }, folder: Folder);

    private static InstanceRecord Seen(TestServer by, string name) =>
        by.Services.GetRequiredService<InstanceTable>().Live.Single(one => one.Record.Name == name).Record;

    private static Task KnowsAsync(TestServer server, params string[] names) => EventuallyAsync(() =>
        server.Services.GetRequiredService<InstanceTable>().Live.Select(one => one.Record.Name).Order().SequenceEqual(names));

    private static async Task<IEnumerable<string>> AddressesAsync(TestServer server) =>
        (await (await server.Http.GetAsync("/addresses")).JsonAsync())["addresses"]!.AsArray().Select(address => (string)address!);

    // What the time of its lease does to an instance that keeps it no longer.
    private async Task LapseHoldsAsync(string instance)
    {
        var key = InstanceRecord.KeyOf(new(instance)).Stored;
        await Store.RevokeLeaseAsync((await Store.ListAsync(key, null, 1, true, default)).Entries.Single().LeaseId, default);
    }

    private static async Task EventuallyAsync(Func<bool> shows)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!shows())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, limit.Token);
        }
    }
}
