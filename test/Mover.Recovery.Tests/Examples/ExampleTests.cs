using System.Text.Json.Nodes;
using Mover.Client;
using Mover.Core.Arm;
using Mover.Recovery.Tests.Deploy;
using Mover.Server.Tests;

namespace Mover.Recovery.Tests.Examples;

/// <summary>The templates in <c>examples/</c> deploy as they are, and again without effect.</summary>
public sealed class ExampleTests : IAsyncLifetime
{
    private TestServer _server = null!;
    private MoverClient _client = null!;

    private ResourceId Group => ResourceId.OfGroup(_server.Subscription, "g1");

    public async Task InitializeAsync()
    {
        _server = await TestServer.StartAsync();
        _client = RecoveryScene.Client(_server);
        await _server.CreateGroupAsync();
        await RecoveryScene.CreateAccountAsync(_server, "eastus");
    }

    public async Task DisposeAsync()
    {
        _client.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task A_copy_loop_makes_a_job_for_each_filer()
    {
        var deployment = await DeployAsync("filers", """
            {"filers":{"value":[{"name":"a","host":"a.example","export":"/home","container":"home-a"},
                                {"name":"b","host":"b.example","export":"/home","container":"home-b"}]}}
            """);

        var job = await _client.GetAsync(Mover("filers").Child("projects", "home-directories").Child("jobDefinitions", "b"), default);
        var source = await _client.GetAsync(Mover("filers").Child("endpoints", "from-b"), default);

        Assert.Equal(("from-b", "to-b"), (job["properties"]!["sourceName"]!.ToString(), job["properties"]!["targetName"]!.ToString()));
        Assert.Equal("b.example", source["properties"]!["host"]!.ToString());
        Assert.Equal("""["a","b"]""", deployment["properties"]!["outputs"]!["jobNames"]!["value"]!.ToJsonString());
    }

    [Fact]
    public async Task Each_environment_has_its_parameters_and_the_condition_holds()
    {
        foreach (var environment in new[] { "test", "prod" })
        {
            var parameters = JsonNode.Parse(await File.ReadAllTextAsync(At("environments", $"{environment}.parameters.json")))!["parameters"]!;
            await DeployAsync("environments", parameters.ToJsonString());
        }

        var jobs = Mover("migration-prod").Child("projects", "wave-1");

        Assert.Equal("Mirror", (await _client.GetAsync(jobs.Child("jobDefinitions", "all"), default))["properties"]!["copyMode"]!.ToString());
        Assert.Null(await _client.FindAsync(jobs.Child("jobDefinitions", "rehearsal"), default));
        Assert.NotNull(await _client.FindAsync(
            Mover("migration-test").Child("projects", "wave-1").Child("jobDefinitions", "rehearsal"), default));
    }

    [Fact]
    public async Task A_module_for_each_site_is_deployed_nested_and_its_outputs_come_back()
    {
        var deployment = await DeployAsync("estate", """
            {"sites":{"value":[{"name":"oslo","host":"oslo.example","exports":["/home","/projects"]},
                               {"name":"lima","host":"lima.example","exports":["/home"]}]}}
            """);

        var nested = await _client.GetAsync(Group.Provider("Microsoft.Resources/deployments", "site-oslo"), default);
        var job = await _client.GetAsync(Mover("estate").Child("projects", "oslo").Child("jobDefinitions", "oslo-1"), default);
        var outputs = deployment["properties"]!["outputs"]!["jobs"]!["value"]!.AsArray();

        Assert.Equal("Succeeded", nested["properties"]!["provisioningState"]!.ToString());
        Assert.Equal([2, 1], outputs.Select(site => site!.AsArray().Count));
        Assert.Equal("/projects", job["properties"]!["description"]!.ToString());
    }

    // Deploys twice: the second time what-if knows of no change, and the deployment makes none.
    private async Task<JsonObject> DeployAsync(string example, string parameters)
    {
        var id = Group.Provider("Microsoft.Resources/deployments", example);
        var body = new JsonObject
        {
            ["properties"] = new JsonObject
            {
                ["mode"] = "Incremental",
                ["template"] = JsonNode.Parse(await File.ReadAllTextAsync(At(example, "main.json"))),
                ["parameters"] = JsonNode.Parse(parameters),
            },
        };
        body["properties"]!["parameters"]!["storageAccountId"] = new JsonObject
        {
            ["value"] = $"{_server.Group("data")}/providers/Microsoft.Storage/storageAccounts/acc",
        };
        await _client.PutAsync(id, body, default);
        var told = await _client.PostAsync(id, "whatIf", body, default);
        var changes = told!["properties"]!["changes"]!.AsArray().Select(change => change!["changeType"]!.ToString()).Where(kind => kind != "Ignore");
        var again = await _client.PutAsync(id, body, default);

        Assert.All(changes, kind => Assert.Equal("NoChange", kind));
        Assert.Equal("Succeeded", again["properties"]!["provisioningState"]!.ToString());
        return again;
    }

    private ResourceId Mover(string name) => Group.Provider("Microsoft.StorageMover/storageMovers", name);

    private static string At(params string[] path)
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Mover.slnx")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("This is not the repository.");
        }

        return Path.Combine([folder, "examples", .. path]);
    }
}
