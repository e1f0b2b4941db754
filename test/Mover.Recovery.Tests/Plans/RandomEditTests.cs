using System.Net;
using System.Text.Json.Nodes;
using Mover.Server.Tests;
using Mover.Server.Tests.Deployments;
using Mover.Testing;
using Xunit.Abstractions;
using static Mover.Server.Tests.Deployments.Templates;

namespace Mover.Recovery.Tests.Plans;

/// <summary>
/// What a plan relies on: what-if tells what a deployment then does, in both modes. <c>MOVER_EDITS</c> says how many random edits each mode
/// gets, <c>MOVER_SEED</c> which.
/// </summary>
public sealed class RandomEditTests(ITestOutputHelper output)
{
    private const int EditsUsual = 8;
    private const int EditsOfOneEstate = 25;

    [Theory]
    [InlineData("Incremental")]
    [InlineData("Complete")]
    public async Task What_is_told_of_random_edits_is_what_happens(string mode)
    {
        var (first, count) = (Setting.Seed(1), Setting.Number("MOVER_EDITS", EditsUsual));
        output.WriteLine($"MOVER_SEED={first} MOVER_EDITS={count} {mode}");
        var (resources, differences) = (0, new List<string>());
        await using var server = await TestServer.StartAsync();
        await server.CreateGroupAsync();
        for (var edit = 0; edit < count; edit += EditsOfOneEstate)
        {
            var estates = new Estates(first + edit);
            AssertSucceeded(await server.DeployAsync(estates.Next(), mode: "Complete"));
            for (var round = 0; round < Math.Min(EditsOfOneEstate, count - edit); round++)
            {
                var (told, wrong) = await EditAsync(server, estates.Next(), mode);
                resources += told;
                differences.AddRange(wrong.Select(one => $"seed {first + edit}, edit {round}: {one}"));
            }
        }

        output.WriteLine($"{count} edits, {resources} effects told, {differences.Count} differences");
        Assert.Empty(differences);
    }

    private static async Task<(int Told, IReadOnlyList<string> Wrong)> EditAsync(TestServer server, string template, string mode)
    {
        var told = (await AskAsync(server, template, mode)).ToDictionary(
            change => change["resourceId"]!.GetValue<string>(), change => change["changeType"]!.GetValue<string>());
        var before = await TagsAsync(server, told.Keys);
        AssertSucceeded(await server.DeployAsync(template, mode: mode));
        var after = await TagsAsync(server, told.Keys);
        var left = await AskAsync(server, template, mode);
        return (told.Count,
        [
            .. told.Where(one => Happened(before[one.Key], after[one.Key]) != Expected(one.Value)).Select(one => one.ToString()),
            .. left.Where(change => change["changeType"]!.GetValue<string>() is not ("NoChange" or "Ignore")).Select(change => change.ToJsonString()),
        ]);
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
