using System.Text.Json.Nodes;
using Mover.Recovery.Snapshots;
using Mover.Server.Tests;
using Mover.Server.Tests.Deployments;
using static Mover.Recovery.Tests.Snapshots.EstateScene;
using static Mover.Server.Tests.Deployments.Templates;

namespace Mover.Recovery.Tests.Snapshots;

public sealed class SnapshotTakerTests
{
    public static TheoryData<int> Seeds()
    {
        var first = int.Parse(Environment.GetEnvironmentVariable("MOVER_SEED") ?? "1", System.Globalization.CultureInfo.InvariantCulture);
        var count = int.Parse(Environment.GetEnvironmentVariable("MOVER_ESTATES") ?? "6", System.Globalization.CultureInfo.InvariantCulture);
        return [.. Enumerable.Range(first, count)];
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task A_snapshot_that_is_deployed_into_a_new_group_gives_the_same_snapshot(int seed)
    {
        await using var server = await TestServer.StartAsync();
        await CreateRandomAsync(server, seed);
        var first = TextOf(await TakeAsync(server));
        await server.CreateGroupAsync("g2");

        AssertSucceeded(await server.DeployAsync(InGroup(first, "g1", "g2"), path: server.Deployment(group: "g2")));
        var second = TextOf(await TakeAsync(server, "g2"));

        Assert.Equal(first, InGroup(second, "g2", "g1"));
    }

    [Fact]
    public async Task A_template_has_parents_first_literal_names_and_says_what_waits_for_what()
    {
        await using var server = await TestServer.StartAsync();
        await CreateJobWithMachineAsync(server);

        var snapshot = await TakeAsync(server);

        Assert.Equal(
            ["a1", "m1", "m1/a1", "m1/dst", "m1/src", "m1/p1", "m1/p1/j1"],
            ResourcesOf(snapshot).Select(one => one["name"]!.GetValue<string>()));
        Assert.Equal(
            [
                "[resourceId('Microsoft.StorageMover/storageMovers', 'm1')]",
                "[resourceId('Microsoft.StorageMover/storageMovers/agents', 'm1', 'a1')]",
                "[resourceId('Microsoft.StorageMover/storageMovers/endpoints', 'm1', 'dst')]",
                "[resourceId('Microsoft.StorageMover/storageMovers/endpoints', 'm1', 'src')]",
                "[resourceId('Microsoft.StorageMover/storageMovers/projects', 'm1', 'p1')]",
            ],
            Resource(snapshot, "m1/p1/j1")["dependsOn"]!.AsArray().Select(one => one!.GetValue<string>()));
        Assert.Contains("machines', 'a1'", Resource(snapshot, "m1/a1")["dependsOn"]!.ToJsonString().Replace("\\u0027", "'", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Equal("{}", snapshot.Template["parameters"]!.ToJsonString());
        Assert.DoesNotContain("latestJobRun", TextOf(snapshot), StringComparison.Ordinal);
        Assert.DoesNotContain("agentStatus", TextOf(snapshot), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_manifest_lists_accounts_agents_roles_schedules_and_what_was_left_out()
    {
        await using var server = await TestServer.StartAsync();
        await CreateJobWithMachineAsync(server);
        await server.CreateAsync(server.Mover("m2"), """{"location":"eastus"}""");
        await server.CreateAsync(
            server.Definition(),
            """{"properties":{"copyMode":"Additive","sourceName":"src","targetName":"dst","agentName":"a1","schedule":{"frequency":"Weekly","daysOfWeek":["Monday"],"isActive":false,"executionTime":{"hour":6},"startDate":"2027-01-01T00:00:00Z","endDate":"2030-01-01T00:00:00Z"}}}""");
        var account = $"{server.Group()}/providers/Microsoft.Storage/storageAccounts/acc";
        await OkAsync(server, account, """{"location":"eastus","kind":"StorageV2","sku":{"name":"Standard_GZRS"}}""", "2023-05-01");
        await OkAsync(server, $"{server.Group()}/providers/Microsoft.HybridCompute/machines/spare", """{"location":"eastus"}""", "2024-07-10");
        var machine = await (await server.SendAsync(HttpMethod.Get, TestServer.Versioned($"{server.Group()}/providers/Microsoft.HybridCompute/machines/a1", "2024-07-10"))).JsonAsync();
        var principal = machine["identity"]!["principalId"]!.GetValue<string>();
        await OkAsync(
            server, $"{account}/providers/Microsoft.Authorization/roleAssignments/{Guid.NewGuid()}",
            $$$"""{"properties":{"roleDefinitionId":"/providers/Microsoft.Authorization/roleDefinitions/ba92f5b4-2d11-453d-a403-e96b0029c9fe","principalId":"{{{principal}}}","principalType":"ServicePrincipal"}}""",
            "2022-04-01");

        var manifest = (await TakeAsync(server, with: options => options with { StorageMover = "M1" })).Manifest;

        Assert.Equal((2, "M1", "eastus"), (manifest.Reads, manifest.Source.StorageMover, manifest.Source.Location));
        Assert.Equal("Standard_GZRS", Assert.Single(manifest.StorageAccounts).Sku);
        Assert.Equal(principal, Assert.Single(manifest.Agents).PrincipalId);
        Assert.Equal(account, Assert.Single(manifest.RoleAssignments).Scope, ignoreCase: true);
        Assert.Equal("weekly on Monday at 06:00 UTC, until 2030-01-01, switched off", Assert.Single(manifest.Schedules).Summary);
        Assert.Equal(7, manifest.Counts.Values.Sum());
        Assert.Equal(
            ["no agent of the estate uses this machine", "storage accounts are kept or mapped, never deployed again", "another storage mover"],
            manifest.LeftOut.Select(one => one.Reason));
    }

    [Fact]
    public async Task An_estate_that_changes_between_two_reads_is_read_again()
    {
        await using var server = await TestServer.StartAsync();
        await CreateJobWithMachineAsync(server);
        using var client = ClientOf(server, inner => new AfterExports(
            inner, exports => exports == 1 ? server.CreateAsync(server.Mover() + "/projects/p1", """{"properties":{"description":"late"}}""") : Task.CompletedTask));

        var snapshot = await new SnapshotTaker(client, Options(server), TimeProvider.System).TakeAsync(default);

        Assert.Equal(3, snapshot.Manifest.Reads);
        Assert.Equal("late", Resource(snapshot, "m1/p1")["properties"]!["description"]!.GetValue<string>());
    }

    [Fact]
    public async Task An_estate_that_never_rests_is_refused_with_what_kept_changing()
    {
        await using var server = await TestServer.StartAsync();
        await CreateJobWithMachineAsync(server);
        using var client = ClientOf(server, inner => new AfterExports(
            inner, exports => server.CreateAsync(server.Mover() + "/projects/p1", $$$"""{"properties":{"description":"{{{exports}}}"}}""")));

        var refused = await Assert.ThrowsAsync<RecoveryException>(
            () => new SnapshotTaker(client, Options(server), TimeProvider.System).TakeAsync(default));

        Assert.Equal("EstateChanging", refused.Code);
        Assert.Contains("5 reads: project m1/p1", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_snapshot_that_is_taken_during_writes_is_a_state_that_was()
    {
        await using var server = await TestServer.StartAsync();
        await CreateJobWithMachineAsync(server);
        // What lies between the two makes a read long enough to be torn.
        await Parallel.ForAsync(0, 150, new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (at, _) =>
            await server.CreateAsync(server.Mover() + $"/endpoints/e1-{at}", Some.NfsBody));
        await DescribeAsync(server, "e1", 0);
        await DescribeAsync(server, "e2", 0);
        using var client = ClientOf(server);
        var writer = Task.Run(async () =>
        {
            for (var at = 1; at <= 60; at++)
            {
                // e1 is always written first, so it is never behind e2.
                await DescribeAsync(server, "e1", at);
                await DescribeAsync(server, "e2", at);
            }
        });

        var taken = new List<(int First, int Second)>();
        do
        {
            var snapshot = await new SnapshotTaker(client, Options(server) with { ReadsMax = 200 }, TimeProvider.System).TakeAsync(default);
            taken.Add((Written(snapshot, "m1/e1"), Written(snapshot, "m1/e2")));
        }
        while (!writer.IsCompleted);
        await writer;

        Assert.All(taken, one => Assert.InRange(one.First - one.Second, 0, 1));
    }

    [Fact]
    public async Task A_partial_export_is_refused_unless_it_is_allowed_and_then_listed()
    {
        await using var server = await TestServer.StartAsync();
        await CreateJobWithMachineAsync(server);
        using var client = ClientOf(server, inner => new Forgetful(inner, "/projects/jobDefinitions"));

        var refused = await Assert.ThrowsAsync<RecoveryException>(
            () => new SnapshotTaker(client, Options(server), TimeProvider.System).TakeAsync(default));
        var partial = await new SnapshotTaker(client, Options(server) with { AllowPartial = true }, TimeProvider.System).TakeAsync(default);

        Assert.Equal("ExportPartial", refused.Code);
        Assert.Contains("/jobdefinitions/j1", refused.Message, StringComparison.Ordinal);
        Assert.Contains(partial.Manifest.LeftOut, one => one.Id.EndsWith("/jobdefinitions/j1", StringComparison.Ordinal));
        Assert.Equal(6, ResourcesOf(partial).Count());
    }

    [Fact]
    public async Task A_mover_with_more_than_one_export_can_hold_is_taken_whole()
    {
        await using var server = await TestServer.StartAsync();
        await server.CreateMoverAsync();
        await Parallel.ForAsync(0, 850, new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (at, _) =>
            await server.CreateAsync(server.Mover() + $"/projects/p{at}", "{}"));

        var snapshot = await TakeAsync(server);

        Assert.Equal(851, ResourcesOf(snapshot).Count());
        Assert.Single(ResourcesOf(snapshot).Select(one => one["apiVersion"]!.GetValue<string>()).Distinct());
    }

    [Theory]
    [InlineData("""{"location":"eastus","tags":{"db-password":"hunter2"}}""", "tags.db-password", "hunter2")]
    [InlineData("""{"location":"eastus","properties":{"description":"https://a.blob.core.windows.net/c?sv=1&sig=abc%3D"}}""", "properties.description", "abc")]
    [InlineData("""{"location":"eastus","properties":{"description":"x AccountKey=Zm9v"}}""", "properties.description", "Zm9v")]
    public async Task An_obvious_secret_is_refused_by_the_name_of_its_place(string mover, string place, string secret)
    {
        await using var server = await TestServer.StartAsync();
        await server.CreateGroupAsync();
        await server.CreateAsync(server.Mover(), mover);

        var refused = await Assert.ThrowsAsync<RecoveryException>(() => TakeAsync(server));

        Assert.Equal("SecretInEstate", refused.Code);
        Assert.Contains($"'{place}' of storage mover m1", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(secret, refused.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_group_without_movers_and_a_missing_mover_are_named()
    {
        await using var server = await TestServer.StartAsync();
        await server.CreateGroupAsync();

        var empty = await Assert.ThrowsAsync<RecoveryException>(() => TakeAsync(server));
        var other = await Assert.ThrowsAsync<RecoveryException>(() => TakeAsync(server, with: options => options with { StorageMover = "m9" }));

        Assert.Equal(("NothingToTake", "StorageMoverNotFound"), (empty.Code, other.Code));
    }

    private static Task DescribeAsync(TestServer server, string endpoint, int number) => server.CreateAsync(
        $"{server.Mover()}/endpoints/{endpoint}",
        $$$"""{"properties":{"endpointType":"NfsMount","host":"filer","export":"/data","description":"{{{number}}}"}}""");

    private static int Written(Snapshot snapshot, string endpoint) =>
        int.Parse(Resource(snapshot, endpoint)["properties"]?["description"]?.GetValue<string>() ?? "0", System.Globalization.CultureInfo.InvariantCulture);

    private static string InGroup(string template, string from, string to) =>
        template.Replace($"/resourceGroups/{from}/", $"/resourceGroups/{to}/", StringComparison.Ordinal);

    private static async Task CreateJobWithMachineAsync(TestServer server)
    {
        await server.CreateGroupAsync();
        await OkAsync(
            server, $"{server.Group()}/providers/Microsoft.HybridCompute/machines/a1",
            """{"location":"eastus","identity":{"type":"SystemAssigned"}}""", "2024-07-10");
        await server.CreateJobAsync();
    }

    private static async Task OkAsync(TestServer server, string path, string json, string version)
    {
        var answer = await server.SendAsync(HttpMethod.Put, TestServer.Versioned(path, version), json);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }

    /// <summary>A server whose exports lack what is of one type, without a word.</summary>
    private sealed class Forgetful(HttpMessageHandler inner, string type) : DelegatingHandler(inner)
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var answer = await base.SendAsync(request, cancellationToken);
            if (request.RequestUri!.AbsolutePath.EndsWith("/exportTemplate", StringComparison.Ordinal))
            {
                var body = JsonNode.Parse(await answer.Content.ReadAsStringAsync(cancellationToken))!;
                var resources = body["template"]!["resources"]!.AsArray();
                resources.Where(one => one!["type"]!.GetValue<string>().EndsWith(type, StringComparison.Ordinal)).ToList().ForEach(one => resources.Remove(one));
                answer.Content = new StringContent(body.ToJsonString());
            }

            return answer;
        }
    }
}
