using System.Text.Json.Nodes;
using Mover.Core.Regions;
using Mover.Recovery.Deploy;
using Mover.Recovery.Plans;
using Mover.Recovery.Snapshots;
using Mover.Recovery.Tests.Deploy;
using Mover.Recovery.Tests.Plans;
using Mover.Server.Tests;

namespace Mover.Recovery.Tests.Snapshots;

/// <summary>A recovery can begin with a template that is no snapshot.</summary>
public sealed class PlainTemplateTests : IDisposable
{
    private const string Account = $"/subscriptions/{SomeSnapshot.Subscription}/resourceGroups/data/providers/Microsoft.Storage/storageAccounts/acc";

    private readonly TempFolder _folder = new();

    [Fact]
    public void What_bicep_build_made_gives_the_resources_that_its_parameters_say()
    {
        var snapshot = Read(Example("filers"), Write("p.json", $$"""
            {"$schema":"x","contentVersion":"1.0.0.0","parameters":{"storageAccountId":{"value":"{{Account}}"},
             "filers":{"value":[{"name":"a","host":"a.example","export":"/home","container":"home-a"}]} } }
            """));

        Assert.Equal("filers-west", snapshot.Manifest.Source.ResourceGroup);
        Assert.Equal("westus", Resource(snapshot, "filers")["location"]!.ToString());
        Assert.Equal("a.example", Resource(snapshot, "filers/from-a")["properties"]!["host"]!.ToString());
        Assert.Contains("endpoints', 'filers', 'to-a'", Resource(snapshot, "filers/home-directories/a")["dependsOn"]!.ToJsonString()
            .Replace("\\u0027", "'", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Equal(snapshot.Template["resources"]!.AsArray().Count, snapshot.Manifest.Counts.Values.Sum());
    }

    [Fact]
    public void Modules_are_looked_into()
    {
        var snapshot = Read(Example("estate"), Write("p.json", $$"""
            {"storageAccountId":{"value":"{{Account}}"},"sites":{"value":[{"name":"oslo","host":"oslo.example","exports":["/home"]}]} }
            """));

        Assert.NotNull(Resource(snapshot, "estate/oslo/oslo-0"));
    }

    [Fact]
    public void Parameters_without_a_value_are_all_named()
    {
        var missing = Assert.Throws<RecoveryException>(() => Read(Example("filers"), null));

        Assert.Equal("ParametersMissing", missing.Code);
        Assert.Contains("2 parameters without a value: storageAccountId, filers", missing.Message, StringComparison.Ordinal);
        Assert.Contains("--parameters", missing.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public void What_belongs_to_no_storage_mover_is_left_out_and_listed()
    {
        var snapshot = Read(Template($$"""
            {"type":"Microsoft.StorageMover/storageMovers","apiVersion":"2025-12-01","name":"m1","location":"eastus","tags":{"a":"[[b]"} },
            {"type":"Microsoft.Storage/storageAccounts","apiVersion":"2023-05-01","name":"acc","location":"eastus"}
            """));

        Assert.Equal("eastus", snapshot.Manifest.Source.Location);
        Assert.EndsWith("/storageAccounts/acc", Assert.Single(snapshot.Manifest.LeftOut).Id, StringComparison.Ordinal);
        Assert.Equal("[[b]", Resource(snapshot, "m1")["tags"]!["a"]!.ToString());
    }

    [Theory]
    [InlineData("{", "TemplateInvalid", "Cannot use the template")]
    [InlineData("[]", "TemplateInvalid", "Cannot use the template")]
    [InlineData("""{"resources":[]}""", "TemplateInvalid", "$schema")]
    [InlineData("""{"$schema":"x","contentVersion":"1","resources":[]}""", "NothingToTake", "does not create a storage mover")]
    [InlineData("""{"$schema":"x","contentVersion":"1","resources":[{"type":"Microsoft.StorageMover/storageMovers","apiVersion":"2025-12-01","name":"[nosuch()]","location":"x"}]}""", "TemplateInvalid", "nosuch")]
    [InlineData("""{"$schema":"x","contentVersion":"1","resources":[{"type":"Microsoft.StorageMover/storageMovers","apiVersion":"2025-12-01","name":"../x","location":"x"}]}""", "TemplateInvalid", "Cannot use the template")]
    [InlineData("""{"$schema":"x","contentVersion":"1","resources":[{"type":"Microsoft.StorageMover/storageMovers","apiVersion":"2025-12-01","name":"m1","location":"[reference('/subscriptions/a/resourceGroups/b/providers/c/d/e','2020-01-01').x]"}]}""", "TemplateInvalid", "only a deployment can evaluate")]
    [InlineData("""{"$schema":"x","contentVersion":"1","resources":[{"type":"Microsoft.StorageMover/storageMovers","apiVersion":"2025-12-01","name":"m1","location":"x","copy":{"name":"c","count":100000}}]}""", "TemplateInvalid", "800")]
    public void What_cannot_be_used_is_refused_by_name(string text, string code, string word)
    {
        var refused = Assert.Throws<RecoveryException>(() => Read(Write("t.json", text), null));

        Assert.Equal(code, refused.Code);
        Assert.Contains(word, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_value_of_a_secure_parameter_gets_into_no_plan()
    {
        var file = Write("t.json", """
            {"$schema":"x","contentVersion":"1","parameters":{"word":{"type":"secureString"}},
             "resources":[{"type":"Microsoft.StorageMover/storageMovers","apiVersion":"2025-12-01","name":"m1","location":"eastus",
              "properties":{"description":"[concat('it is ', parameters('word'))]"} }]}
            """);

        var refused = Assert.Throws<RecoveryException>(() => Read(file, Write("p.json", """{"word":{"value":"open-sesame"}}""")));

        Assert.Equal("SecretInEstate", refused.Code);
        Assert.DoesNotContain("sesame", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Storage_movers_in_several_groups_are_refused()
    {
        var file = Write("t.json", """
            {"$schema":"https://schema.management.azure.com/schemas/2018-05-01/subscriptionDeploymentTemplate.json#","contentVersion":"1","resources":[
             {"type":"Microsoft.Resources/deployments","apiVersion":"2022-09-01","name":"a","resourceGroup":"ga","properties":{"mode":"Incremental","template":
              {"$schema":"x","contentVersion":"1","resources":[{"type":"Microsoft.StorageMover/storageMovers","apiVersion":"2025-12-01","name":"m1","location":"eastus"}]} } },
             {"type":"Microsoft.Resources/deployments","apiVersion":"2022-09-01","name":"b","resourceGroup":"gb","properties":{"mode":"Incremental","template":
              {"$schema":"x","contentVersion":"1","resources":[{"type":"Microsoft.StorageMover/storageMovers","apiVersion":"2025-12-01","name":"m2","location":"eastus"}]} } }]}
            """);

        var refused = Assert.Throws<RecoveryException>(() => Read(file, null));

        Assert.Contains("2 resource groups: ga, gb", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_export_with_its_parameters_is_deployed_elsewhere()
    {
        await using var scene = await RecoveryScene.StartAsync();
        var exported = await scene.EastClient.PostAsync(
            Core.Arm.ResourceId.OfGroup(scene.East.Subscription, "g1"), "exportTemplate",
            new JsonObject { ["resources"] = new JsonArray("*"), ["options"] = "IncludeParameterDefaultValue" }, default);
        var file = Write("export.json", exported!["template"]!.ToJsonString());
        var snapshot = PlainTemplate.Read(
            file, null, new(file, scene.West.Subscription, "g1-west", null, "westus"), "0.1.0", DateTimeOffset.UnixEpoch);

        var plan = await new PlanMaker(scene.WestClient, RegionCatalogue.Azure, TimeProvider.System).MakeAsync(snapshot, scene.Options, default);
        var deployed = await new PlanDeployment(scene.WestClient, TimeProvider.System).RunAsync(plan, default);

        Assert.NotEmpty(exported["template"]!["parameters"]!.AsObject());
        Assert.Equal(plan.Effects.Count, deployed.Made);
        Assert.Equal("a1", plan.FormerAgents["m1/p1/j1"]);
        Assert.Equal(
            scene.WestAccount,
            (await scene.WestClient.GetAsync(scene.WestGroup.Provider("Microsoft.StorageMover/storageMovers", "m1").Child("endpoints", "dst"), default))
                ["properties"]!["storageAccountResourceId"]!.ToString());
    }

    public void Dispose() => _folder.Dispose();

    private static Snapshot Read(string file, string? parameters = null) => PlainTemplate.Read(
        file, parameters, new(file, SomeSnapshot.Subscription, "filers-west", null, "westus"), "0.1.0", DateTimeOffset.UnixEpoch);

    private string Template(string resources) =>
        Write("t.json", $$"""{"$schema":"https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#","contentVersion":"1.0.0.0","resources":[{{resources}}]}""");

    private string Write(string name, string text)
    {
        File.WriteAllText(_folder.At(name), text);
        return _folder.At(name);
    }

    private static JsonObject Resource(Snapshot snapshot, string name) =>
        snapshot.Template["resources"]!.AsArray().Select(one => one!.AsObject()).Single(one => one["name"]!.ToString() == name);

    private static string Example(string name)
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Mover.slnx")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("This is not the repository.");
        }

        return Path.Combine(folder, "examples", name, "main.json");
    }
}
