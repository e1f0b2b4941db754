using System.Text.Json.Nodes;

namespace Mover.Cli.Tests;

/// <summary><c>mover recovery plan | deploy</c> of a plain template, against a real server.</summary>
public sealed class RecoveryPlanVerbTests : IAsyncLifetime, IDisposable
{
    private const string Template = """
        {"$schema":"https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#","contentVersion":"1.0.0.0",
         "parameters":{"name":{"type":"string"}},
         "resources":[{"type":"Microsoft.StorageMover/storageMovers","apiVersion":"2025-12-01","name":"[parameters('name')]",
           "location":"[resourceGroup().location]"}]}
        """;

    private readonly TemporaryFolder _folder = new();
    private RunningServer _server = null!;

    public async Task InitializeAsync()
    {
        _server = await RunningServer.StartAsync();
        await File.WriteAllTextAsync(_folder["main.json"], Template);
        await File.WriteAllTextAsync(_folder["p.json"], """{"parameters":{"name":{"value":"m9"}}}""");
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_plain_template_is_planned_with_its_parameters_and_deployed()
    {
        var planned = await RunAsync(
            "recovery", "plan", "--from", _folder["main.json"], "--parameters", _folder["p.json"], "--to", "westus", "--group", "g9",
            "--out", _folder["plan.json"]);
        var deployed = await RunAsync("recovery", "deploy", "--plan", _folder["plan.json"], "--output", "json");
        var shown = await RunAsync("storage-mover", "show", "-g", "g9", "-n", "m9", "--output", "json");

        Assert.True(planned.ExitCode == ExitCodes.Ok, planned.Error + planned.Out);
        Assert.Equal(2, JsonNode.Parse(deployed.Out)!["made"]!.GetValue<int>());
        Assert.Equal("westus", JsonNode.Parse(shown.Out)!["location"]!.ToString());
    }

    [Fact]
    public async Task What_does_not_go_with_a_plain_template_is_said()
    {
        var missing = await PlanAsync(_folder["main.json"]);
        var trusted = await PlanAsync(_folder["main.json"], "--trust", _folder["p.json"]);
        var parameters = await PlanAsync(_folder["nowhere"], "--parameters", _folder["p.json"]);
        var broken = await PlanAsync(_folder["p.json"]);
        var nothing = await PlanAsync(_folder["nowhere"]);

        Assert.All(new[] { missing, trusted, parameters, broken }, ran => Assert.Equal(ExitCodes.Usage, ran.ExitCode));
        Assert.Contains("ParametersMissing", missing.Error, StringComparison.Ordinal);
        Assert.Contains("which has no signature", trusted.Error, StringComparison.Ordinal);
        Assert.Contains("TemplateInvalid", broken.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.NotFound, nothing.ExitCode);
    }

    private Task<Ran> PlanAsync(string from, params string[] more) =>
        RunAsync(["recovery", "plan", "--from", from, "--to", "westus", "--group", "g9", .. more]);

    private Task<Ran> RunAsync(params string[] args) => _server.CreateShell().RunAsync(args);
}
