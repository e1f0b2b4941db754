using System.Net;
using System.Text.Json.Nodes;
using Mover.Testing;
using Xunit.Abstractions;
using static Mover.Server.Tests.Deployments.Templates;

namespace Mover.Server.Tests.Deployments;

/// <summary>
/// A what-if tells what the deployment then does. <c>MOVER_EDITS</c> says how many random edits each mode gets, <c>MOVER_SEED</c> which.
/// </summary>
public sealed class WhatIfTests(ITestOutputHelper output)
{
    private const int EditsUsual = 9;
    private const int EditsOfOneEstate = 3;

    [Theory]
    [InlineData("Incremental")]
    [InlineData("Complete")]
    public async Task What_is_told_of_random_edits_is_what_happens(string mode)
    {
        var (first, count) = (Setting.Seed(1), Setting.Number("MOVER_EDITS", EditsUsual));
        await using var server = await TestServer.StartAsync();
        await server.CreateGroupAsync();
        var (estates, effects) = (new Estates(first), 0);
        for (var edit = 0; edit < count; edit++)
        {
            if (edit % EditsOfOneEstate == 0)
            {
                estates = new Estates(first + (edit / EditsOfOneEstate));
                AssertSucceeded(await server.DeployAsync(estates.Next(), mode: "Complete"));
            }

            effects += await EditAsync(server, estates.Next(), mode, $"MOVER_SEED={first}, edit {edit}");
        }

        output.WriteLine($"MOVER_SEED={first}: {count} edits, {effects} effects told and seen");
    }

    [Fact]
    public async Task Changes_are_told_property_by_property_and_nothing_is_written()
    {
        await using var server = await TestServer.StartAsync();
        await server.CreateGroupAsync();
        AssertSucceeded(await server.DeployAsync(Of($"{MoverOf("m1")}, {MoverOf("m3")}")));
        var before = await server.ETagAsync(server.Mover());

        var changes = await server.WhatIfAsync(
            Of(MoverOf("m1", "two").Replace("\"owner\": \"ops\"", "\"team\": \"x\"", StringComparison.Ordinal) + ", " + MoverOf("m2")), "Incremental");

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

    private static async Task<int> EditAsync(TestServer server, string template, string mode, string which)
    {
        var told = (await server.WhatIfAsync(template, mode)).ToDictionary(
            change => change["resourceId"]!.GetValue<string>(), change => change["changeType"]!.GetValue<string>());
        var before = await TagsAsync(server, told.Keys);

        AssertSucceeded(await server.DeployAsync(template, mode: mode));

        var after = await TagsAsync(server, told.Keys);
        Assert.All(told, one => Assert.True(Happened(before[one.Key], after[one.Key]) == Expected(one.Value), $"{which}: {one}"));
        Assert.All(await server.WhatIfAsync(template, mode), change =>
            Assert.True(change["changeType"]!.GetValue<string>() is "NoChange" or "Ignore", $"{which}: {change.ToJsonString()}"));
        return told.Count;
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
