using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Mover.State;
using Mover.State.Mirror;
using Mover.State.Sqlite;

namespace Mover.Cli.Tests;

/// <summary><c>mover region diverged</c>: what a lost region alone had acknowledged, and taking it over, between two real servers.</summary>
public sealed class DivergedVerbTests
{
    [Fact]
    public async Task Everything_that_a_request_writes_is_taken_over_in_order_and_once()
    {
        await using var pair = await PairedServers.StartAsync();
        var east = pair.EastData;
        await MoverAsync(east, "g0", "m0");
        await MoverAsync(east, "g1", "m1");
        await PairedServers.ExpectAsync(east, "project", "create", "-g", "g0", "--storage-mover-name", "m0", "-n", "p0");
        var (someone, _) = await pair.East.CreateStrangerAsync();
        var scope = $"{(await ShowAsync(east, "group", "show", "-n", "g1"))["id"]}";
        await PairedServers.ExpectAsync(east, "role-assignment", "create", "--assignee", someone, "--role", "Owner", "--scope", scope);
        await pair.LoseEastAsync(async () =>
        {
            await PairedServers.ExpectAsync(
                east, "role-assignment", "delete", "--assignee", someone, "--role", "Owner", "--scope", scope, "--yes");
            await PairedServers.ExpectAsync(east, "role-assignment", "create", "--assignee", someone, "--role", "Reader", "--scope", scope);
            await MoverAsync(east, "lost", "mlost");
            await PairedServers.ExpectAsync(east, "project", "create", "-g", "lost", "--storage-mover-name", "mlost", "-n", "plost");
            await PairedServers.ExpectAsync(east, "storage-mover", "update", "-g", "g1", "-n", "m1", "--description", "as it was here");
            await PairedServers.ExpectAsync(
                east, "service-principal", "create", "-n", "someone");
            await PairedServers.ExpectAsync(east, "group", "delete", "-n", "g0", "--yes");
        });

        var listed = await ListAsync(east);
        var first = await RunAsync(east, "--take-all", "1", "--yes");
        var afterwards = await ListAsync(east);
        var again = await RunAsync(east, "--take-all", "1", "--yes", "-o", "json");

        Assert.Equal(
            ["DeletedHere (role)", "DeletedHere g0", "DeletedHere m0", "DeletedHere p0", "Differs m1", "OnlyHere (role)", "OnlyHere lost", "OnlyHere mlost", "OnlyHere plost"],
            listed.Where(item => item["write"] is not null).Select(Told).Order(StringComparer.Ordinal));
        Assert.True(first.ExitCode == ExitCodes.Ok, first.Out + first.Error);
        Assert.Contains("create the service principal again", first.Out, StringComparison.Ordinal);
        Assert.Contains("mover region diverged --drop 1", first.Out, StringComparison.Ordinal);
        Assert.DoesNotContain(afterwards, item => item["write"] is not null);
        Assert.True(again.ExitCode == ExitCodes.Ok, again.Out + again.Error);
        Assert.DoesNotContain(Items(again), item => $"{item["result"]}" is "Taken" or "Deleted");
        Assert.Equal(
            "as it was here", $"{await ShowAsync(pair.WestData, "storage-mover", "show", "-g", "g1", "-n", "m1")}".Split("\"description\": \"")[1].Split('"')[0]);
        Assert.Equal("plost", $"{(await ShowAsync(pair.WestData, "project", "show", "-g", "lost", "--storage-mover-name", "mlost", "-n", "plost"))["name"]}");
        Assert.Equal(ExitCodes.NotFound, (await PairedServers.RunAsync(pair.WestData, "group", "show", "-n", "g0")).ExitCode);
        var roles = (await ShowAsync(pair.WestData, "role-assignment", "list", "--assignee", someone, "--scope", scope)).AsArray();
        Assert.Equal("Reader", $"{Assert.Single(roles)!["roleDefinitionName"]}");
        var unknown = await RunAsync(east, "--take-all", "7", "--yes");
        Assert.Equal(ExitCodes.NotFound, unknown.ExitCode);
        Assert.Contains("It has epoch 1", unknown.Error, StringComparison.Ordinal);
        await PairedServers.ExpectAsync(east, "region", "diverged", "--drop", "1", "--yes");
        Assert.Empty(await ListAsync(east));
    }

    [Fact]
    public async Task What_was_changed_at_the_serving_region_since_is_a_conflict_and_a_missing_parent_is_said()
    {
        await using var pair = await PairedServers.StartAsync();
        var (east, west) = (pair.EastData, pair.WestData);
        await MoverAsync(east, "g1", "m1");
        await MoverAsync(east, "g2", "m2");
        await MoverAsync(east, "g3", "m3");
        await pair.LoseEastAsync(
            async () =>
            {
                await DescribeAsync(east, "g1", "m1", "east");
                await PairedServers.ExpectAsync(east, "group", "delete", "-n", "g2", "--yes");
                await DescribeAsync(east, "g3", "m3", "the same");
                await MoverAsync(east, "lost", "mlost");
            },
            async () =>
            {
                await DescribeAsync(west, "g1", "m1", "west");
                await PairedServers.ExpectAsync(west, "project", "create", "-g", "g2", "--storage-mover-name", "m2", "-n", "new");
                await DescribeAsync(west, "g3", "m3", "the same");
            });
        var listed = await ListAsync(east);
        string IdOf(string name) => $"{listed.Single(item => $"{item["document"]!["key"]}".EndsWith("/" + name, StringComparison.OrdinalIgnoreCase))["document"]!["key"]}";

        var conflict = await RunAsync(east, "--take", IdOf("m1"), "--yes");
        var below = await RunAsync(east, "--take", IdOf("m2"), "--take", IdOf("g2"), "--yes", "-o", "json");
        var orphan = await RunAsync(east, "--take", IdOf("mlost"), "--yes", "-o", "json");
        var unasked = await RunAsync(east, "--take", IdOf("mlost"));
        var forced = await RunAsync(east, "--take", IdOf("m1"), "--force", "--yes", "-o", "json");
        var forcedAgain = await RunAsync(east, "--take", IdOf("m1"), "--force", "--yes", "-o", "json");
        var both = await RunAsync(east, "--take", IdOf("mlost"), "--take", IdOf("lost"), "--yes", "-o", "json");

        Assert.DoesNotContain(listed, item => $"{item["document"]!["key"]}".EndsWith("/m3", StringComparison.Ordinal));
        Assert.Equal(ExitCodes.Differs, conflict.ExitCode);
        Assert.Contains("It was changed at the serving region by", conflict.Out, StringComparison.Ordinal);
        Assert.Contains("--force", conflict.Error, StringComparison.Ordinal);
        Assert.Equal(["Conflict", "Conflict"], Items(below).Select(item => $"{item["result"]}"));
        Assert.Contains("projects/new", below.Out, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Refused, orphan.ExitCode);
        Assert.Contains("ResourceGroupNotFound", orphan.Out, StringComparison.Ordinal);
        Assert.Contains("Take over its parent first", orphan.Out, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Usage, unasked.ExitCode);
        Assert.Equal((ExitCodes.Ok, "Taken"), (forced.ExitCode, $"{Items(forced).Single()["result"]}"));
        Assert.Equal((ExitCodes.Ok, "Same"), (forcedAgain.ExitCode, $"{Items(forcedAgain).Single()["result"]}"));
        Assert.Equal((ExitCodes.Ok, 2), (both.ExitCode, Items(both).Count(item => $"{item["result"]}" == "Taken")));
        Assert.Equal("east", $"{(await ShowAsync(west, "storage-mover", "show", "-g", "g1", "-n", "m1"))["properties"]!["description"]}");
        Assert.Equal("new", $"{(await ShowAsync(west, "project", "show", "-g", "g2", "--storage-mover-name", "m2", "-n", "new"))["name"]}");
    }

    [Fact]
    public async Task The_operators_own_rights_are_asked_and_a_damaged_document_is_told_and_stops_no_other()
    {
        await using var pair = await PairedServers.StartAsync();
        var (east, west) = (pair.EastData, pair.WestData);
        await MoverAsync(east, "g1", "m1");
        var (reader, own) = await pair.East.CreateStrangerAsync();
        var root = $"{(await ShowAsync(east, "group", "show", "-n", "g1"))["id"]}".Split("/resourceGroups/")[0];
        await PairedServers.ExpectAsync(
            east, "role-assignment", "create", "--assignee", reader, "--role", "Reader", "--scope", root);
        await pair.LoseEastAsync(async () =>
        {
            await MoverAsync(east, "good", "mgood");
            await PairedServers.ExpectAsync(east, "group", "create", "-n", "bad", "--location", "eastus");
        });
        await pair.StopEastAsync();
        await DamageAsync(east, "/resourcegroups/bad");
        await pair.StartEastAsync();
        await PairedServers.UntilAsync(east, status => status["copy"]?["whole"]?.GetValue<bool>() == true && status["moving"]?.GetValue<bool>() == false, "a copy");

        var damaged = (await ListAsync(east)).Single(item => $"{item["document"]!["kind"]}" == "Damaged");
        var denied = await own.RunAsync("region", "diverged", "--take", $"{root}/resourceGroups/good", "--yes", "-o", "json");
        var taken = await RunAsync(east, "--take-all", "1", "--yes", "-o", "json");

        Assert.EndsWith("/resourcegroups/bad", $"{damaged["document"]!["key"]}", StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Refused, denied.ExitCode);
        Assert.Contains("AuthorizationFailed", denied.Out + denied.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Refused, taken.ExitCode);
        Assert.Equal(["NotTaken", "Taken", "Taken"], Items(taken).Select(item => $"{item["result"]}").Order(StringComparer.Ordinal));
        Assert.Contains("does not match its digest", taken.Out, StringComparison.Ordinal);
        Assert.Equal("mgood", $"{(await ShowAsync(west, "storage-mover", "show", "-g", "good", "-n", "mgood"))["name"]}");
    }

    [Theory]
    [InlineData("mutually exclusive", "--take", "/subscriptions/x", "--drop", "1")]
    [InlineData("mutually exclusive", "--take-all", "1", "--drop", "1")]
    [InlineData("--force requires", "--force")]
    [InlineData("take the epoch themselves", "--take-all", "1", "--epoch", "1")]
    public async Task Flags_that_contradict_each_other_are_refused_before_anything_is_asked(string why, params string[] flags)
    {
        var shell = new Shell { ["MOVER_TOKEN"] = "none" };

        var ran = await shell.RunAsync(["region", "diverged", .. flags, "--server", "https://127.0.0.1:1"]);

        Assert.Equal(ExitCodes.Usage, ran.ExitCode);
        Assert.Contains(why, ran.Error, StringComparison.Ordinal);
    }

    private static async Task MoverAsync(string data, string group, string name)
    {
        await PairedServers.ExpectAsync(data, "group", "create", "-n", group, "--location", "eastus");
        await PairedServers.ExpectAsync(data, "storage-mover", "create", "-g", group, "-n", name, "--location", "eastus");
    }

    private static Task DescribeAsync(string data, string group, string name, string text) =>
        PairedServers.ExpectAsync(data, "storage-mover", "update", "-g", group, "-n", name, "--description", text);

    private static async Task<JsonNode> ShowAsync(string data, params string[] words) =>
        JsonNode.Parse((await PairedServers.ExpectAsync(data, [.. words, "-o", "json"])).Out)!;

    private static Task<Ran> RunAsync(string data, params string[] flags) => PairedServers.RunAsync(data, ["region", "diverged", .. flags]);

    private static async Task<List<JsonNode>> ListAsync(string data) =>
        [.. (await ShowAsync(data, "region", "diverged"))["items"]!.AsArray().Select(item => item!)];

    private static List<JsonNode> Items(Ran ran) => [.. JsonNode.Parse(ran.Out)!["items"]!.AsArray().Select(item => item!)];

    private static string Told(JsonNode item) => $"{item["document"]!["kind"]} {($"{item["document"]!["key"]}".StartsWith("roleassignments/", StringComparison.Ordinal) ? "(role)" : $"{item["document"]!["key"]}".Split('/')[^1])}";

    // One byte of the state that was left behind.
    private static async Task DamageAsync(string data, string key)
    {
        await using var store = SqliteStateStore.Open(
            new() { Path = Path.Combine(data, "state.db") }, TimeProvider.System, NullLogger<SqliteStateStore>.Instance);
        var root = (await RegionSeat.ReadAsync(store, default)).Role!.Diverged.Single().Root;
        await foreach (var entry in store.ListAllAsync(root + "/", default))
        {
            if (entry.Key.EndsWith(key, StringComparison.Ordinal))
            {
                var value = entry.Value.ToArray();
                value[^4] ^= 1;
                await store.CommitAsync([], [new(entry.Key, value)], default);
            }
        }
    }
}
