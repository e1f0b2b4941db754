using Mover.Testing;

namespace Mover.ClientsTests;

/// <summary>Templates with the Azure CLI as Debian packs it, unmodified.</summary>
public sealed class AzureCliDeploymentTests(AzureCli az) : IClassFixture<AzureCli>, IDisposable
{
    private const string Template = """
        {
          "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
          "contentVersion": "1.0.0.0", // a comment
          "parameters": { "mover": { "type": "string" } },
          "resources": [
            {
              "type": "Microsoft.StorageMover/storageMovers", "apiVersion": "2025-07-01", "name": "[parameters('mover')]",
              "location": "[resourceGroup().location]", "properties": { "description": "by template" }
            },
            {
              "type": "Microsoft.StorageMover/storageMovers/projects", "apiVersion": "2025-07-01",
              "name": "[concat(parameters('mover'), '/p1')]",
              "dependsOn": [ "[resourceId('Microsoft.StorageMover/storageMovers', parameters('mover'))]" ], "properties": {}
            }
          ],
          "outputs": { "id": { "type": "string", "value": "[resourceId('Microsoft.StorageMover/storageMovers', parameters('mover'))]" } }
        }
        """;

    private readonly string _file = Path.Combine(Directory.CreateTempSubdirectory("mover-template-").FullName, "main.json");

    public void Dispose()
    {
        Directory.Delete(Path.GetDirectoryName(_file)!, recursive: true);
        az.Contract.AssertKept();
    }

    [RequiresFact("MOVER_AZ")]
    public async Task A_template_is_told_ahead_deployed_listed_and_exported()
    {
        var group = $"/subscriptions/{az.Subscription}/resourceGroups/cli-deploy";
        await az.SendAsync(HttpMethod.Put, group + "?api-version=2021-04-01", """{"location":"eastus"}""");
        await File.WriteAllTextAsync(_file, Template);
        string[] of = ["-g", "cli-deploy", "-n", "d1", "-f", _file, "-p", "mover=m1"];

        var valid = await az.RunAsync(["deployment", "group", "validate", .. of]);
        var told = await az.RunAsync(["deployment", "group", "what-if", "--no-pretty-print", .. of]);
        var done = await az.RunAsync(["deployment", "group", "create", .. of]);
        var again = await az.RunAsync(["deployment", "group", "what-if", "--no-pretty-print", .. of]);
        var steps = await az.RunAsync("deployment", "operation", "group", "list", "-g", "cli-deploy", "-n", "d1");
        var exported = await az.RunAsync("group", "export", "-n", "cli-deploy");
        var (exitCode, _, errors) = await az.TryAsync(
            "deployment", "group", "create", "-g", "cli-deploy", "-n", "d2", "-f", _file, "-p", "mover=..");
        await az.RunAsync("deployment", "group", "delete", "-g", "cli-deploy", "-n", "d1");

        Assert.Equal("Succeeded", (string?)valid!["properties"]!["provisioningState"]);
        Assert.Equal(["Create", "Create"], told!["changes"]!.AsArray().Select(change => (string?)change!["changeType"]));
        Assert.Equal("Succeeded", (string?)done!["properties"]!["provisioningState"]);
        Assert.Equal(group + "/providers/Microsoft.StorageMover/storageMovers/m1", (string?)done["properties"]!["outputs"]!["id"]!["value"]);
        Assert.Equal(["NoChange", "NoChange"], again!["changes"]!.AsArray().Select(change => (string?)change!["changeType"]));
        Assert.Equal(3, steps!.AsArray().Count);
        Assert.Equal(2, exported!["resources"]!.AsArray().Count);
        Assert.NotEqual(0, exitCode);
        Assert.Contains("InvalidTemplateDeployment", errors, StringComparison.Ordinal);
        Assert.Equal("by template", (string?)(await az.RunAsync("resource", "show", "--ids", (string)done["properties"]!["outputs"]!["id"]!["value"]!))!["properties"]!["description"]);
    }
}
