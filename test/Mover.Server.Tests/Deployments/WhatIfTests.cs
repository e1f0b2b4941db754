using System.Net;
using System.Text.Json.Nodes;
using static Mover.Server.Tests.Deployments.Templates;

namespace Mover.Server.Tests.Deployments;

/// <summary>A what-if tells what the deployment then does.</summary>
public sealed class WhatIfTests
{
    public static TheoryData<int, string> Seeds()
    {
        var first = int.Parse(Environment.GetEnvironmentVariable("MOVER_SEED") ?? "1", System.Globalization.CultureInfo.InvariantCulture);
        var seeds = new TheoryData<int, string>();
        for (var seed = first; seed < first + 3; seed++)
        {
            seeds.Add(seed, "Incremental");
            seeds.Add(seed, "Complete");
        }

        return seeds;
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task What_is_told_is_what_happens(int seed, string mode)
    {
        await using var server = await TestServer.StartAsync();
        await server.CreateGroupAsync();
        var estates = new Estates(seed);
        AssertSucceeded(await server.DeployAsync(estates.Next()));
        for (var round = 0; round < 3; round++)
        {
            var template = estates.Next();
            var told = (await AskAsync(server, template, mode)).ToDictionary(
                change => change["resourceId"]!.GetValue<string>(), change => change["changeType"]!.GetValue<string>());
            var before = await TagsAsync(server, told.Keys);

            AssertSucceeded(await server.DeployAsync(template, mode: mode));

            var after = await TagsAsync(server, told.Keys);
            Assert.All(told, one => Assert.True(Happened(before[one.Key], after[one.Key]) == Expected(one.Value), $"seed {seed}: {one}"));
            Assert.All(await AskAsync(server, template, mode), change =>
                Assert.True(change["changeType"]!.GetValue<string>() is "NoChange" or "Ignore", $"seed {seed}: {change.ToJsonString()}"));
        }
    }

    [Fact]
    public async Task Changes_are_told_property_by_property_and_nothing_is_written()
    {
        await using var server = await TestServer.StartAsync();
        await server.CreateGroupAsync();
        AssertSucceeded(await server.DeployAsync(Of($"{MoverOf("m1")}, {MoverOf("m3")}")));
        var before = await server.ETagAsync(server.Mover());

        var changes = await AskAsync(
            server, Of(MoverOf("m1", "two").Replace("\"owner\": \"ops\"", "\"team\": \"x\"", StringComparison.Ordinal) + ", " + MoverOf("m2")), "Incremental");

        Assert.Equal(["Modify", "Create", "Ignore"], changes.Select(change => change["changeType"]!.GetValue<string>()));
        Assert.Equal(
            """[{"path":"properties.description","propertyChangeType":"Modify","before":"one","after":"two"},{"path":"tags.owner","propertyChangeType":"Delete","before":"ops"},{"path":"tags.team","propertyChangeType":"Create","after":"x"}]""",
            changes[0]["delta"]!.ToJsonString());
        Assert.Null(changes[1]["before"]);
        Assert.Equal(before, await server.ETagAsync(server.Mover()));
        Assert.Equal(HttpStatusCode.NotFound, (await server.GetAsync(server.Mover("m2"))).StatusCode);
    }

    [Fact]
    public async Task Ids_alone_are_told_when_they_are_asked_for()
    {
        await using var server = await TestServer.StartAsync();
        await server.CreateGroupAsync();
        AssertSucceeded(await server.DeployAsync(Of(MoverOf("m1"))));

        var answer = await server.DeploymentAsync(
            "POST", server.Deployment() + "/whatIf",
            Body(Of($"{MoverOf("m1")}, {MoverOf("m2")}")).Replace("\"mode\"", "\"whatIfSettings\": {\"resultFormat\": \"ResourceIdOnly\"}, \"mode\"", StringComparison.Ordinal));

        var changes = (await answer.JsonAsync())["properties"]!["changes"]!.AsArray();
        Assert.Equal(["Deploy", "Create"], changes.Select(change => change!["changeType"]!.GetValue<string>()));
        Assert.All(changes, change => Assert.Equal(2, change!.AsObject().Count));
    }

    private static async Task<JsonObject[]> AskAsync(TestServer server, string template, string mode)
    {
        var answer = await server.DeploymentAsync("POST", server.Deployment() + "/whatIf", Body(template, mode: mode));
        Assert.True(answer.StatusCode == HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
        return [.. (await answer.JsonAsync())["properties"]!["changes"]!.AsArray().Select(change => change!.AsObject())];
    }

    private static async Task<Dictionary<string, string?>> TagsAsync(TestServer server, IEnumerable<string> ids)
    {
        var tags = new Dictionary<string, string?>(StringComparer.Ordinal);
        foreach (var id in ids)
        {
            var version = id.Contains("HybridCompute", StringComparison.Ordinal) ? "2024-07-10" : TestServer.ApiVersion;
            tags[id] = (await server.SendAsync(HttpMethod.Get, TestServer.Versioned(id, version))).Headers.ETag?.Tag;
        }

        return tags;
    }

    private static string Happened(string? before, string? after) =>
        before == after ? "stays" : before is null ? "comes" : after is null ? "goes" : "changes";

    private static string Expected(string change) => change switch
    {
        "Create" => "comes",
        "Delete" => "goes",
        "Modify" => "changes",
        _ => "stays",
    };
}
