using System.Net;
using System.Net.Sockets;
using Mover.Client.Arm;
using Mover.Core.AgentProtocol;
using Mover.Core.Arm;

namespace Mover.Client.Tests;

/// <summary>A client that knows several addresses goes on by itself.</summary>
public sealed class SeveralAddressesTests
{
    private static readonly ResourceId MoverId = ResourceId.OfGroup("00000000-0000-0000-0000-000000000001", "rg")
        .Provider("Microsoft.StorageMover/storageMovers", "m");
    private static readonly Uri Nobody = new("http://127.0.0.1:1");
    private static readonly Answer Found = Answer.Json("""{"name":"m"}""");
    private static readonly Answer WithoutStore = new(
        503, """{"error":{"code":"ServiceUnavailable","message":"Later."}}""", ("Retry-After", "60"));

    [Fact]
    public async Task A_post_that_was_surely_not_sent_goes_to_the_next_address()
    {
        await using var server = await ScriptedServer.StartAsync(Answer.Json("""{"done":true}"""));
        using var client = server.CreateClient(before: Nobody);

        var answer = await client.PostAsync(MoverId, "act", null, default);

        Assert.Equal("true", answer?["done"]?.ToString());
    }

    [Fact]
    public async Task A_post_whose_connection_broke_is_not_sent_to_the_next_address()
    {
        await using var broken = await ScriptedServer.StartAsync(Answer.Cut, Found);
        await using var server = await ScriptedServer.StartAsync(Found);
        using var client = server.CreateClient(before: broken.Address);

        var lost = await Assert.ThrowsAsync<UnreachableServerException>(() => client.PostAsync(MoverId, "act", null, default));

        Assert.False(lost.NeverSent);
        Assert.Equal((1, 0), (broken.Requests.Count, server.Requests.Count));
    }

    // On a connection that was used before, the runtime itself would send a request without a body once more.
    [Fact]
    public async Task A_post_without_a_body_whose_used_connection_broke_is_sent_once()
    {
        await using var broken = await ScriptedServer.StartAsync(Found, Answer.Cut, Found);
        await using var server = await ScriptedServer.StartAsync(Found);
        using var client = server.CreateClient(before: broken.Address);
        await client.GetAsync(MoverId, default);

        var lost = await Assert.ThrowsAsync<UnreachableServerException>(() => client.PostAsync(MoverId, "act", null, default));

        Assert.False(lost.NeverSent);
        Assert.Equal((2, 0), (broken.Requests.Count, server.Requests.Count));
    }

    [Fact]
    public async Task A_post_to_an_address_that_takes_connections_and_keeps_silent_goes_to_the_next()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        await using var server = await ScriptedServer.StartAsync(Answer.Json("""{"done":true}"""));
        using var client = new MoverClient(
            new() { Addresses = [new($"https://{silent.LocalEndpoint}"), server.Address] },
            ArmTransport.CreateHandler(null, hasOthers: true),
            TimeProvider.System);
        var started = TimeProvider.System.GetTimestamp();

        var answer = await client.PostAsync(MoverId, "act", null, default);

        Assert.Equal("true", answer?["done"]?.ToString());
        Assert.InRange(
            TimeProvider.System.GetElapsedTime(started), TimeSpan.Zero, ArmTransport.ConnectTimeoutOfSeveral + TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task An_instance_without_its_store_is_left_at_once_whatever_wait_it_asks_for()
    {
        await using var first = await ScriptedServer.StartAsync(WithoutStore);
        await using var second = await ScriptedServer.StartAsync(WithoutStore);
        await using var third = await ScriptedServer.StartAsync(Found, Found);
        using var client = third.CreateClient(before: [first.Address, second.Address]);

        await client.GetAsync(MoverId, default).WaitAsync(TimeSpan.FromSeconds(30));
        await client.GetAsync(MoverId, default);

        Assert.Equal((1, 1, 2), (first.Requests.Count, second.Requests.Count, third.Requests.Count));
    }

    [Fact]
    public async Task When_all_are_without_their_store_each_is_asked_in_turn_until_the_attempts_end()
    {
        var answer = WithoutStore with { Headers = [("Retry-After", "0")] };
        await using var first = await ScriptedServer.StartAsync(answer, answer, answer);
        await using var second = await ScriptedServer.StartAsync(answer, answer, answer);
        using var client = second.CreateClient(before: first.Address);

        var refused = await Assert.ThrowsAsync<ArmException>(() => client.GetAsync(MoverId, default));

        Assert.Equal(503, refused.Error.Status);
        Assert.Equal((3, 2), (first.Requests.Count, second.Requests.Count));
    }

    [Fact]
    public async Task Every_address_is_asked_although_there_are_more_than_attempts()
    {
        await using var server = await ScriptedServer.StartAsync(Found);
        using var client = server.CreateClient(before: [.. Enumerable.Repeat(Nobody, 7)]);

        Assert.Equal("m", (await client.GetAsync(MoverId, default))["name"]?.ToString());
    }

    [Fact]
    public async Task What_is_asked_after_an_instance_has_said_that_it_leaves_goes_to_the_next()
    {
        await using var leaving = await ScriptedServer.StartAsync(Answer.Json("""{"name":"m"}""", (AgentChannelLimits.LeavingHeader, "true")));
        await using var server = await ScriptedServer.StartAsync(Found);
        using var client = server.CreateClient(before: leaving.Address);

        await client.GetAsync(MoverId, default);
        await client.GetAsync(MoverId, default);

        Assert.Equal((1, 1), (leaving.Requests.Count, server.Requests.Count));
    }

    [Fact]
    public async Task Only_https_addresses_are_taken_from_what_a_server_tells()
    {
        await using var server = await ScriptedServer.StartAsync(
            Answer.Json("""{"addresses":["https://a.example","http://b.example","c",7,null]}"""), new Answer(404));
        using var client = server.CreateClient();

        Assert.Equal(["https://a.example"], await client.ReadAddressesAsync(default));
        Assert.Empty(await client.ReadAddressesAsync(default));
    }
}
