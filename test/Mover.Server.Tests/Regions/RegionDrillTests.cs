using System.Net;
using System.Text.Json.Nodes;
using Mover.Server.Authorization;
using Mover.Server.Regions.Drills;
using Mover.State;
using Mover.State.Mirror;
using Mover.State.Tests.Etcd;
using Mover.Testing;

namespace Mover.Server.Tests.Regions;

/// <summary>Rehearsals of a loss over a real pair.</summary>
public sealed class RegionDrillTests
{
    private const string Version = "?api-version=2025-12-01";

    [Fact]
    public async Task A_drill_takes_a_scratch_copy_over_checks_it_and_leaves_the_pair_as_it_was()
    {
        await using var scene = await RegionScene.StartAsync();
        await FillAsync(scene.East);
        await RegionTests.UntilCopiedAsync(scene.West, "everything");
        var left = Directory.CreateDirectory(Path.Combine(scene.West.Folder, "drill-left"));
        await File.WriteAllTextAsync(Path.Combine(left.FullName, "state.db"), "of a drill that was killed");

        // Asked at the region that serves, it is passed on.
        var answer = await DrillAsync(scene.East);
        var drill = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
        var status = await scene.West.StatusAsync();
        await scene.East.UntilAsync(told => told["pair"]?["lastDrill"] is not null, "news of the drill");

        Assert.True(answer.IsSuccessStatusCode, $"{drill}");
        Assert.True(drill["isGood"]!.GetValue<bool>(), $"{drill}");
        Assert.Equal(("westus", "eastus"), ($"{drill["region"]}", $"{drill["lost"]}"));
        Assert.Equal(
            ["age", "copy", "start", "token", "take over", "token afterwards", "start of a job", "deletion", "lists"],
            drill["steps"]!.AsArray().Select(step => $"{step!["name"]}"));
        Assert.Contains("9 resources are listed", $"{drill["steps"]}");
        Assert.InRange(drill["secondsToServing"]!.GetValue<double>(), 0.001, 60);
        Assert.Equal(drill["secondsToServing"]!.GetValue<double>(), status["lastDrill"]!["secondsToServing"]!.GetValue<double>());
        Assert.Equal(("Standby", 1L), ($"{status["duty"]}", status["epoch"]!.GetValue<long>()));
        Assert.Empty(Directory.EnumerateDirectories(scene.West.Folder, "drill-*"));
        await scene.West.StopAsync();
        await scene.East.StopAsync();
        var state = await scene.East.ShowStateAsync();
        Assert.Equal(state, await scene.West.ShowStateAsync());
        Assert.DoesNotContain("mover-drill", state);
        Assert.DoesNotContain("RegionDrill", state);
    }

    [Fact]
    public async Task The_serving_region_is_not_asked_for_anything_and_its_state_does_not_move_while_the_drill_runs()
    {
        await using var scene = await RegionScene.StartAsync();
        await FillAsync(scene.East);
        await RegionTests.UntilCopiedAsync(scene.West, "everything");
        await scene.East.StopAsync();
        var before = await scene.East.ShowStateAsync();
        await scene.West.UntilAsync(status => status["pair"]!["reachable"]!.GetValue<bool>() is false, "alone");

        var drill = JsonNode.Parse(await (await DrillAsync(scene.West)).Content.ReadAsStringAsync())!;

        // As after a loss: the standby alone, and afterwards it still is one.
        Assert.True(drill["isGood"]!.GetValue<bool>(), $"{drill}");
        Assert.Equal("Standby", $"{(await scene.West.StatusAsync())["duty"]}");
        Assert.Equal(before, await scene.East.ShowStateAsync());
    }

    [RequiresFact("MOVER_ETCD")]
    public async Task Any_server_of_a_standby_over_etcd_rehearses()
    {
        await using var east = await EtcdServer.StartQuickAsync();
        await using var west = await EtcdServer.StartQuickAsync();
        await using var scene = await RegionScene.StartAsync(east, west);
        await FillAsync(scene.East);
        await Task.WhenAll(scene.West.UntilStandbyAsync(), scene.West2.UntilStandbyAsync());
        await RegionTests.UntilCopiedAsync(scene.West2, "everything");

        var drill = JsonNode.Parse(await (await DrillAsync(scene.West2)).Content.ReadAsStringAsync())!;

        Assert.True(drill["isGood"]?.GetValue<bool>(), $"{drill}");
        Assert.NotNull((await scene.West.StatusAsync())["lastDrill"]);
        Assert.Empty(Directory.EnumerateDirectories(scene.West2.Folder, "drill-*"));
    }

    [Fact]
    public async Task A_fail_over_does_not_wait_for_a_drill()
    {
        await using var scene = await RegionScene.StartAsync();
        await FillAsync(scene.East);
        await RegionTests.UntilCopiedAsync(scene.West, "everything");
        var drill = DrillAsync(scene.West);
        await UntilAsync(() => Directory.EnumerateDirectories(scene.West.Folder, "drill-*").Any());

        var moved = await scene.West.FailoverAsync();
        await scene.West.UntilServingAsync();
        var ended = await drill;

        Assert.True(moved.IsSuccessStatusCode, await moved.Content.ReadAsStringAsync());
        Assert.True(ended.IsSuccessStatusCode || await ended.ErrorCodeAsync() == "RegionMoving", await ended.Content.ReadAsStringAsync());
        Assert.Empty(Directory.EnumerateDirectories(scene.West.Folder, "drill-*"));
    }

    [Fact]
    public async Task A_copy_that_is_not_whole_is_not_rehearsed()
    {
        await using var scene = await RegionScene.StartAsync();
        await scene.East.PutGroupAsync("g1");
        await RegionTests.UntilCopiedAsync(scene.West, "g1");
        await scene.West.StopAsync();
        await scene.East.StopAsync();
        await using (var store = scene.West.Open())
        {
            var seat = await RegionSeat.ReadAsync(store, default);
            await seat.ChangeAsync(store, seat.Role! with { Mirror = seat.Role.Mirror! with { Revision = 0 } }, [], default);
        }

        await scene.West.StartAsync();
        var refused = await DrillAsync(scene.West);

        Assert.Equal((HttpStatusCode.Conflict, "CopyNotWhole"), (refused.StatusCode, await refused.ErrorCodeAsync()));
        Assert.Empty(Directory.EnumerateDirectories(scene.West.Folder, "drill-*"));
    }

    [Fact]
    public async Task A_check_that_does_not_hold_is_told_and_everything_is_removed()
    {
        await using var scene = await RegionScene.StartAsync();
        await FillAsync(scene.East);
        var caller = await CreateCallerAsync(scene.East, "Microsoft.Authorization/regions/drill/action", "*/read");
        await RegionTests.UntilCopiedAsync(scene.West, "everything");

        var answer = await caller.PostAsync(new Uri($"{scene.West.Url}/subscriptions/{scene.West.Subscription}/region/drill"), null);
        var drill = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;

        // The caller may order a drill, and no failover: the promoted copy says so.
        Assert.True(answer.IsSuccessStatusCode, $"{drill}");
        Assert.False(drill["isGood"]!.GetValue<bool>());
        var broken = drill["steps"]!.AsArray().Where(step => !step!["held"]!.GetValue<bool>()).ToList();
        Assert.Equal("take over", $"{broken[0]!["name"]}");
        Assert.Contains("AuthorizationFailed", $"{broken[0]!["detail"]}");
        Assert.Empty(Directory.EnumerateDirectories(scene.West.Folder, "drill-*"));
        Assert.Null((await scene.West.StatusAsync())["lastDrill"]);
    }

    [Fact]
    public async Task Who_has_not_the_right_is_refused_and_so_is_a_region_without_a_pair()
    {
        await using var scene = await RegionScene.StartAsync();
        var caller = await CreateCallerAsync(scene.East, "*/read");
        await RegionTests.UntilCopiedAsync(scene.West, "everything");
        await using var alone = await TestServer.StartAsync();

        var denied = await caller.PostAsync(new Uri($"{scene.West.Url}/subscriptions/{scene.West.Subscription}/region/drill"), null);
        var single = await alone.SendAsync(HttpMethod.Post, $"/subscriptions/{alone.Subscription}/region/drill");

        Assert.Equal(HttpStatusCode.Forbidden, denied.StatusCode);
        Assert.Equal("RegionHasNoPair", await single.ErrorCodeAsync());
    }

    [Fact]
    public async Task One_drill_is_carried_out_at_a_time_and_one_whose_caller_leaves_is_cleaned_up()
    {
        await using var scene = await RegionScene.StartAsync();
        await FillAsync(scene.East);
        await RegionTests.UntilCopiedAsync(scene.West, "everything");
        using var leaves = new CancellationTokenSource();
        using var request = new HttpRequestMessage(
            HttpMethod.Post, new Uri($"{scene.West.Url}/subscriptions/{scene.West.Subscription}/region/drill"));
        var first = scene.West.Http.SendAsync(request, leaves.Token);
        await UntilAsync(() => Directory.EnumerateDirectories(scene.West.Folder, "drill-*").Any());

        var second = await DrillAsync(scene.West);
        await leaves.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        await UntilAsync(() => !Directory.EnumerateDirectories(scene.West.Folder, "drill-*").Any());

        Assert.Equal("DrillUnderWay", await second.ErrorCodeAsync());
        Assert.Null((await scene.West.StatusAsync())["lastDrill"]);
    }

    [Fact]
    public void A_disk_without_room_for_the_copy_is_refused_with_both_numbers()
    {
        const long Copy = 100L * 1024 * 1024;

        var fits = DrillFolder.Refuse("/data", Copy, (3 * Copy) + DrillFolder.ReserveBytes);
        var refused = DrillFolder.Refuse("/data", Copy, (3 * Copy) + DrillFolder.ReserveBytes - 1);

        Assert.Null(fits);
        Assert.Equal("DrillHasNoRoom", refused!.Code);
        Assert.Contains("556 MiB", refused.Message);
        Assert.Contains("555 MiB are free", refused.Message);
    }

    private static Task<HttpResponseMessage> DrillAsync(RegionScene.Side side) =>
        side.SendAsync("POST", $"/subscriptions/{side.Subscription}/region/drill");

    // A group, a storage mover, two endpoints, an agent, a project, a job, an account, a machine: nine.
    private static async Task FillAsync(RegionScene.Side side)
    {
        var group = $"/subscriptions/{side.Subscription}/resourceGroups/g1";
        var mover = group + "/providers/Microsoft.StorageMover/storageMovers/m1";
        await side.PutGroupAsync("g1");
        await PutAsync(mover + Version, """{"location":"eastus"}""");
        await PutAsync(mover + "/endpoints/src" + Version, Some.NfsBody);
        await PutAsync(
            mover + "/endpoints/dst" + Version,
            $$$"""{"properties":{"endpointType":"AzureStorageBlobContainer","storageAccountResourceId":"{{{group}}}/providers/Microsoft.Storage/storageAccounts/acc","blobContainerName":"cont"}}""");
        await PutAsync(
            mover + "/agents/a1" + Version,
            $$$"""{"properties":{"arcResourceId":"{{{group}}}/providers/Microsoft.HybridCompute/machines/a1","arcVmUuid":"3bb2c024-eba9-4d18-9e7a-1d772fcc5fe9"}}""");
        await PutAsync(mover + "/projects/p1" + Version, "{}");
        await PutAsync(mover + "/projects/p1/jobDefinitions/j1" + Version, Some.DefinitionBody);
        await PutAsync(
            group + "/providers/Microsoft.Storage/storageAccounts/acc?api-version=2023-05-01",
            """{"location":"eastus","sku":{"name":"Standard_LRS"},"kind":"StorageV2","properties":{"primaryEndpoints":{"blob":"https://127.0.0.1:1/acc"}}}""");
        await PutAsync(group + "/providers/Microsoft.HybridCompute/machines/a1?api-version=2024-07-10", """{"location":"eastus"}""");

        async Task PutAsync(string path, string json)
        {
            var answer = await side.SendAsync("PUT", path, json);
            Assert.True(answer.IsSuccessStatusCode, $"{path}: {await answer.Content.ReadAsStringAsync()}");
        }
    }

    // A program with a role of its own at the subscription.
    private static async Task<HttpClient> CreateCallerAsync(RegionScene.Side side, params string[] actions)
    {
        var made = JsonNode.Parse(await (await side.SendAsync("POST", "/servicePrincipals", """{"displayName":"drills"}""")).Content.ReadAsStringAsync())!;
        using var form = new FormUrlEncodedContent(
        [
            new("grant_type", "client_credentials"), new("client_id", $"{made["appId"]}"), new("client_secret", $"{made["password"]}"),
            new("scope", $"{side.Url}/.default"),
        ]);
        var issued = await side.Http.PostAsync(new Uri($"{side.Url}/{made["tenant"]}/oauth2/v2.0/token"), form);
        var token = $"{JsonNode.Parse(await issued.Content.ReadAsStringAsync())!["access_token"]}";
        var (root, role) = ($"/subscriptions/{side.Subscription}", Guid.NewGuid());
        var roles = $"{root}/providers/Microsoft.Authorization/role";
        var definition = new JsonObject
        {
            ["properties"] = new JsonObject
            {
                ["roleName"] = $"drills {role}",
                ["assignableScopes"] = new JsonArray(root),
                ["permissions"] = new JsonArray(new JsonObject { ["actions"] = new JsonArray([.. actions.Select(action => (JsonNode)action)]) }),
            },
        };
        var defined = await side.SendAsync("PUT", $"{roles}Definitions/{role}?api-version=2022-04-01", definition.ToJsonString());
        var assigned = await side.SendAsync(
            "PUT", $"{roles}Assignments/{Guid.NewGuid()}?api-version=2022-04-01",
            $$$"""{"properties":{"roleDefinitionId":"{{{roles}}}Definitions/{{{role}}}","principalId":"{{{made["id"]}}}","principalType":"ServicePrincipal"}}""");
        Assert.True(defined.IsSuccessStatusCode && assigned.IsSuccessStatusCode, await assigned.Content.ReadAsStringAsync());
        var handler = new SocketsHttpHandler();
        handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null;
        return new(handler) { DefaultRequestHeaders = { Authorization = new("Bearer", token) } };
    }

    private static async Task UntilAsync(Func<bool> isSo)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!isSo())
        {
            await Task.Delay(5, limit.Token);
        }
    }
}
