using System.Net;
using System.Reflection;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using static Mover.Server.Tests.Deployments.Templates;

namespace Mover.Server.Tests.Deployments;

/// <summary>A group becomes a template, and the template the group.</summary>
public sealed class ExportTests
{
    public static TheoryData<int, string> Seeds()
    {
        var first = int.Parse(Environment.GetEnvironmentVariable("MOVER_SEED") ?? "1", System.Globalization.CultureInfo.InvariantCulture);
        var seeds = new TheoryData<int, string>();
        for (var seed = first; seed < first + 3; seed++)
        {
            seeds.Add(seed, "SkipAllParameterization");
            seeds.Add(seed, "IncludeParameterDefaultValue, IncludeComments");
            seeds.Add(seed, "SkipResourceNameParameterization, IncludeParameterDefaultValue");
        }

        return seeds;
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task What_is_exported_deployed_and_exported_again_is_the_same(int seed, string options)
    {
        await using var server = await TestServer.StartAsync();
        await server.CreateGroupAsync();
        AssertSucceeded(await server.DeployAsync(new Estates(seed).Next()));
        var first = await ExportAsync(server, options);
        var path = server.Deployment("again");
        var told = await server.WhatIfAsync(first, "Complete");

        AssertSucceeded(await server.DeployAsync(first, path: path));
        var second = await ExportAsync(server, options);
        var writes = (await server.StepsAsync(path)).Count(step => step["properties"]!["provisioningOperation"]!.GetValue<string>() == "Create");
        await server.FollowAsync(await server.ArmAsync("DELETE", server.Group()));
        await server.CreateGroupAsync();
        AssertSucceeded(await server.DeployAsync(Reversed(first), path: path));
        var third = await ExportAsync(server, options);

        Assert.All(told, change => Assert.True((string?)change["changeType"] == "NoChange", change.ToJsonString()));
        Assert.Equal(JsonNode.Parse(first)!["resources"]!.AsArray().Count, told.Length);
        Assert.Equal(told.Length, writes);
        Assert.Equal(first, second);
        Assert.Equal(first, third);
    }

    [Fact]
    public async Task Names_become_parameters_and_ids_become_expressions()
    {
        await using var server = await TestServer.StartAsync();
        await server.CreateJobAsync();

        var template = JsonNode.Parse(await ExportAsync(server, null))!;

        Assert.Equal("""{"type":"String"}""", template["parameters"]!["storageMovers_m1_name"]!.ToJsonString());
        Assert.True(template["parameters"]!.AsObject().ContainsKey("storageAccounts_acc_externalid"));
        var job = template["resources"]!.AsArray().Single(one => one!["type"]!.GetValue<string>().EndsWith("jobDefinitions", StringComparison.Ordinal))!;
        Assert.Equal("[concat(parameters('storageMovers_m1_name'), '/p1/j1')]", job["name"]!.GetValue<string>());
        Assert.Contains("[resourceId('Microsoft.StorageMover/storageMovers/endpoints', parameters('storageMovers_m1_name'), 'src')]", job["dependsOn"]!.AsArray().Select(one => one!.GetValue<string>()));
        Assert.Null(job["properties"]!["provisioningState"]);
        Assert.Equal(["type", "apiVersion", "name", "dependsOn", "properties"], job.AsObject().Select(member => member.Key));
    }

    [Fact]
    public async Task Comments_say_which_resource_was_exported_when_they_are_asked_for()
    {
        await using var server = await TestServer.StartAsync();
        await server.CreateMoverAsync();

        var with = JsonNode.Parse(await ExportAsync(server, "IncludeComments"))!["resources"]![0]!;
        var without = JsonNode.Parse(await ExportAsync(server, null))!["resources"]![0]!;

        Assert.Equal($"Generalized from resource: '{server.Mover()}'.", (string?)with["comments"]);
        Assert.Null(without["comments"]);
    }

    [Fact]
    public async Task An_empty_group_gives_an_empty_template_and_bicep_is_refused_by_name()
    {
        await using var server = await TestServer.StartAsync();
        await server.CreateGroupAsync();

        var empty = JsonNode.Parse(await ExportAsync(server, null))!;
        var bicep = await server.ArmAsync("POST", server.Group() + "/exportTemplate", """{"resources":["*"],"outputFormat":"Bicep"}""");

        Assert.Empty(empty["resources"]!.AsArray());
        Assert.Empty(empty["parameters"]!.AsObject());
        Assert.Equal("ExportTemplateOutputFormatNotSupported", await bicep.ErrorCodeAsync());
    }

    [Fact]
    public async Task An_export_is_Bicep_where_the_server_has_the_program_for_it()
    {
        await using var server = await TestServer.StartAsync(options => options with { Bicep = BicepProgram() });
        await server.CreateJobAsync();

        var exported = await (await server.ArmAsync(
            "POST", server.Group() + "/exportTemplate", """{"resources":["*"],"outputFormat":"bicep"}""")).JsonAsync();

        Assert.Equal(["output"], exported.Select(member => member.Key));
        Assert.Contains("resource storageMovers_m1_name_resource 'Microsoft.StorageMover/storageMovers@", (string)exported["output"]!, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/bin/false")]
    [InlineData("/nowhere/bicep")]
    public async Task A_program_that_fails_is_said_and_its_reason_logged(string program)
    {
        var logs = new RecordingLoggers();
        await using var server = await TestServer.StartAsync(
            options => options with { Bicep = program, Logging = logging => logging.AddProvider(logs) });
        await server.CreateGroupAsync();

        var refused = await server.ArmAsync("POST", server.Group() + "/exportTemplate", """{"resources":["*"],"outputFormat":"Bicep"}""");

        Assert.Equal(HttpStatusCode.InternalServerError, refused.StatusCode);
        Assert.Equal("ExportTemplateDecompileFailed", await refused.ErrorCodeAsync());
        Assert.Contains(logs.Lines, line => line.Contains($"The Bicep program {program} failed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_cannot_be_exported_is_named_in_the_export()
    {
        await using var server = await TestServer.StartAsync();
        await server.CreateMoverAsync();
        await server.CreateMoverAsync("m2");

        var answer = await (await server.ArmAsync(
            "POST", server.Group() + "/exportTemplate", $$"""{"resources":["{{server.Mover()}}", "{{server.Mover("m9")}}"]}""")).JsonAsync();

        Assert.Single(answer["template"]!["resources"]!.AsArray());
        Assert.Equal("ExportTemplateCompletedWithErrors", answer["error"]!["code"]!.GetValue<string>());
        Assert.Equal("ExportTemplateProviderError", answer["error"]!["details"]![0]!["code"]!.GetValue<string>());
    }

    private static string BicepProgram()
    {
        var folder = typeof(ExportTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().First(one => one.Key == "BicepFolder").Value;
        var program = Path.Combine(AppContext.BaseDirectory, "bicep");
        File.Copy(Path.Combine(folder!, "bicep"), program, overwrite: true);
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return program;
    }

    // What a resource waits for is said by it, and not by its place.
    private static string Reversed(string template)
    {
        var node = JsonNode.Parse(template)!;
        node["resources"] = new JsonArray([.. node["resources"]!.AsArray().Reverse().Select(one => one!.DeepClone())]);
        return node.ToJsonString();
    }

    private static async Task<string> ExportAsync(TestServer server, string? options)
    {
        var body = new JsonObject { ["resources"] = new JsonArray("*") };
        if (options is not null)
        {
            body["options"] = options;
        }

        var answer = await server.ArmAsync("POST", server.Group() + "/exportTemplate", body.ToJsonString());
        Assert.True(answer.StatusCode == HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
        var exported = await answer.JsonAsync();
        Assert.Null(exported["error"]);
        return exported["template"]!.ToJsonString();
    }
}
