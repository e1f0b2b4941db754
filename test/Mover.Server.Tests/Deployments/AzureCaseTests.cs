using System.Net;
using System.Text.Json.Nodes;
using static Mover.Server.Tests.Deployments.Templates;

namespace Mover.Server.Tests.Deployments;

/// <summary>The control plane answers deployments, what-ifs and exports as Azure does: with the same outputs, codes and times.</summary>
public sealed class AzureCaseTests(AzureCaseTests.CaseServer cases) : IClassFixture<AzureCaseTests.CaseServer>
{
    public static TheoryData<string> Deployments => AzureCase.Ids("template", "expression");

    public static TheoryData<string> Errors => AzureCase.Ids("error");

    public static TheoryData<string> WhatIfs => AzureCase.Ids("whatif");

    public static TheoryData<string> Exports => AzureCase.Ids("export");

    private TestServer Server => cases.Server;

    [Theory]
    [MemberData(nameof(Deployments))]
    public async Task A_deployment_succeeds_with_the_outputs_of_Azure(string id)
    {
        var one = await AzureCase.StartAsync(Server, id);

        var accepted = await one.SendAsync("PUT");
        var done = await Server.EndAsync(one.Deployment);

        Assert.Equal(HttpStatusCode.Created, accepted.StatusCode);
        AssertSucceeded(done);
        var outputs = done["properties"]!["outputs"] as JsonObject ?? [];
        if (one.Expected["outputs"] is JsonObject wanted)
        {
            Assert.Equal(wanted.Select(output => output.Key).Order(), outputs.Select(output => output.Key).Order());
            Assert.All(wanted, output => AssertIs(output.Value, outputs[output.Key]!["value"]));
        }
    }

    [Theory]
    [MemberData(nameof(Errors))]
    public async Task An_error_comes_when_it_comes_from_Azure_and_says_the_same(string id)
    {
        var one = await AzureCase.StartAsync(Server, id);

        var answer = await one.SendAsync("PUT");
        var said = await answer.JsonAsync();
        var valid = await one.SendAsync("POST", "/validate");
        var state = one.Expected["final"] is null ? null : await Server.EndAsync(one.Deployment);

        // What validation does not find, the deployment finds at its end.
        Assert.Equal((int)one.Expected["status"]!, (int)answer.StatusCode);
        Assert.Equal(one.Expected["final"]?.GetValue<string>(), state is null ? null : StateOf(state));
        Assert.Equal(state is null ? answer.StatusCode : HttpStatusCode.OK, valid.StatusCode);
        AssertError(one.Expected, (state is null ? said : state["properties"]!)["error"]!);
    }

    [Theory]
    [MemberData(nameof(WhatIfs))]
    public async Task A_what_if_tells_the_changes_that_Azure_tells(string id)
    {
        var one = await AzureCase.StartAsync(Server, id);

        var answer = await one.SendAsync("POST", "/whatIf");

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var changes = (await answer.JsonAsync())["properties"]!["changes"]!.AsArray();
        var wanted = one.Expected["changes"]!.AsArray();
        Assert.Equal(wanted.Count, changes.Count);
        foreach (var change in wanted)
        {
            var told = Assert.Single(changes, made => (string?)made!["resourceId"] == (string?)change!["resourceId"])!;
            Assert.Equal((string?)change!["changeType"], (string?)told["changeType"]);
            AssertIs(change["delta"], told["delta"]);
            AssertHas(change["after"], told["after"]);
        }
    }

    [Theory]
    [MemberData(nameof(Exports))]
    public async Task An_export_has_the_resources_and_parameters_that_Azure_writes(string id)
    {
        var one = await AzureCase.StartAsync(Server, id);

        var answer = await one.ExportAsync();

        var (wanted, template) = (one.Expected["export"]!, (await answer.JsonAsync())["template"]!);
        AssertIs(wanted["parameters"], template["parameters"]);
        AssertIs(wanted["variables"] ?? new JsonObject(), template["variables"]);
        Assert.All(
            wanted["resources"]!.AsArray(), resource => Assert.Contains(template["resources"]!.AsArray(), made => Has(resource, made)));
    }

    [Fact]
    public void All_cases_are_tried() => Assert.Equal(305, Deployments.Count + Errors.Count + WhatIfs.Count + Exports.Count);

    private static void AssertError(JsonObject wanted, JsonNode error)
    {
        var codes = wanted["code"] is JsonArray some ? some.Select(code => (string?)code) : [(string?)wanted["code"]];
        Assert.Contains((string?)error["code"], codes);
        Assert.Matches(AzureCase.Pattern((string?)wanted["core"] ?? string.Empty), string.Join('\n', Texts(error, "message")));
        if (wanted["target"] is { } target)
        {
            Assert.Contains((string?)target, Texts(error, "target"));
        }

        foreach (var detail in wanted["details"]?.AsArray() ?? [])
        {
            Assert.Contains(error["details"]?.AsArray() ?? [], found => HasDetail(detail!, found!));
        }

        if (wanted["additionalInfo"] is { } info)
        {
            Assert.Contains(error["additionalInfo"]!.AsArray(), found =>
                (string?)found!["type"] == (string?)info["type"] && (string?)found["info"]!["path"] == (string?)info["path"]);
        }
    }

    // Of the error and everything in its details.
    private static IEnumerable<string?> Texts(JsonNode error, string name) =>
        (error["details"]?.AsArray() ?? []).SelectMany(detail => Texts(detail!, name)).Prepend((string?)error[name]);

    private static bool HasDetail(JsonNode wanted, JsonNode found) =>
        (string?)wanted["code"] == (string?)found["code"]
        && (wanted["target"] is null || (string?)wanted["target"] == (string?)found["target"])
        && (wanted["details"]?.AsArray() ?? []).All(inner => found["details"]?.AsArray().Any(one => HasDetail(inner!, one!)) == true);

    private static void AssertIs(JsonNode? wanted, JsonNode? made) =>
        Assert.True(JsonNode.DeepEquals(wanted, made), $"wanted {wanted?.ToJsonString()}, got {made?.ToJsonString()}");

    private static void AssertHas(JsonNode? wanted, JsonNode? made) =>
        Assert.True(wanted is null || Has(wanted, made), $"wanted {wanted?.ToJsonString()}, got {made?.ToJsonString()}");

    private static bool Has(JsonNode? wanted, JsonNode? made) => wanted is JsonObject some
        ? made is JsonObject whole && some.All(member => Has(member.Value, whole[member.Key]))
        : JsonNode.DeepEquals(wanted, made);

    /// <summary>One server for all cases; each has a group of its own.</summary>
    public sealed class CaseServer : IAsyncLifetime
    {
        private TestServer? _server;

        public TestServer Server => _server ?? throw new InvalidOperationException("The server has not started.");

        public async Task InitializeAsync() => _server = await TestServer.StartAsync();

        public async Task DisposeAsync() => await Server.DisposeAsync();
    }
}
