using System.Net;
using System.Text.Json.Nodes;
using static Mover.Server.Tests.Deployments.Templates;

namespace Mover.Server.Tests.Deployments;

/// <summary>Templates that are wrong, too large or meant to harm are refused by name, and nothing is written.</summary>
public sealed class HostileTemplateTests
{
    public static TheoryData<string, string, int, string> Wrong() => new()
    {
        { "copies", Body(Of(MoverOf("m[copy]").Replace("\"location\"", "\"copy\": {\"name\": \"c\", \"count\": 801}, \"location\"", StringComparison.Ordinal))), 400, "InvalidTemplate" },
        { "circle", Body(Of($"{Project("m1", "a", "x", "\"m1/b\"")}, {Project("m1", "b", "x", "\"m1/a\"")}")), 400, "InvalidTemplate" },
        { "link", """{"properties": {"mode": "Incremental", "templateLink": {"uri": "https://example.org/t.json"}}}""", 400, "InvalidContentLink" },
        { "unknown member", """{"properties": {"mode": "Incremental", "template": {}, "more": 1}}""", 400, "InvalidRequestContent" },
        { "no mode", """{"properties": {"template": {}}}""", 400, "InvalidRequestContent" },
        { "no template", """{"properties": {"mode": "Incremental"}}""", 400, "InvalidRequestContent" },
        { "text", """{"properties": {"mode": "Incremental", "template": "{}"}}""", 400, "InvalidRequestContent" },
        { "not JSON", "{\"properties\": {", 400, "InvalidRequestContent" },
        { "deep", "{\"properties\": " + new string('[', 5000), 400, "InvalidRequestContent" },
        { "vault", Body(Of("", "\"parameters\": {\"p\": {\"type\": \"string\"}},"), """{"p": {"reference": {"keyVault": {"id": "x"}, "secretName": "y"}}}"""), 400, "KeyVaultParameterReferenceNotSupported" },
        { "missing parameter", Body(Of("", "\"parameters\": {\"p\": {\"type\": \"string\"}},")), 400, "InvalidTemplate" },
        { "namespace", Body(Of(MoverOf("m1").Replace("Microsoft.StorageMover", "Microsoft.Nothing", StringComparison.Ordinal))), 400, "InvalidTemplateDeployment" },
        { "type", Body(Of(MoverOf("m1").Replace("storageMovers", "nothing", StringComparison.Ordinal))), 400, "InvalidTemplateDeployment" },
        { "version", Body(Of(MoverOf("m1").Replace("2025-07-01", "1999-01-01", StringComparison.Ordinal))), 400, "InvalidTemplateDeployment" },
        { "location", Body(Of(MoverOf("m1").Replace("eastus", "atlantis", StringComparison.Ordinal))), 400, "InvalidTemplateDeployment" },
        { "parent", Body(Of(Project("m9", "p", "x", "\"[resourceGroup().id]\"").Replace("\"[resourceGroup().id]\"", "", StringComparison.Ordinal))), 400, "InvalidTemplateDeployment" },
        { "dots", Body(Of(MoverOf(".."))), 400, "InvalidTemplateDeployment" },
        { "other subscription", Body(Of(Nested("x").Replace("\"name\": \"x\"", "\"name\": \"x\", \"subscriptionId\": \"11111111-2222-3333-4444-555555555555\", \"resourceGroup\": \"g1\"", StringComparison.Ordinal))), 400, "InvalidTemplateDeployment" },
        { "itself", Body(Of(Nested("d1"))), 400, "InvalidTemplateDeployment" },
        { "nested complete", Body(Of(Nested("x", "Complete"))), 400, "InvalidTemplateDeployment" },
        { "large", Body(Of("", $"\"metadata\": {{\"x\": \"{new string('x', 4 * 1024 * 1024)}\"}},")), 413, "RequestEntityTooLarge" },
        { "large parameters", Body(Of("", "\"parameters\": {\"p\": {\"type\": \"string\"}},"), $"{{\"p\": {{\"value\": \"{new string('x', 300_000)}\"}}}}"), 413, "RequestContentTooLarge" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task A_hostile_template_is_refused_by_deployment_validation_and_what_if(string what, string body, int status, string code)
    {
        await using var server = await TestServer.StartAsync();
        await server.CreateGroupAsync();

        foreach (var (method, action) in new[] { ("PUT", ""), ("POST", "/validate"), ("POST", "/whatIf") })
        {
            var answer = await server.DeploymentAsync(method, server.Deployment() + action, body);

            Assert.True((int)answer.StatusCode == status, $"{what}{action}: {answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
            Assert.Equal(code, await answer.ErrorCodeAsync());
        }

        Assert.Equal(HttpStatusCode.NotFound, (await server.GetAsync(server.Mover())).StatusCode);
        Assert.Equal("DeploymentNotFound", await (await server.DeploymentAsync("GET", server.Deployment())).ErrorCodeAsync());
    }

    [Fact]
    public async Task A_name_that_is_too_long_is_refused()
    {
        await using var server = await TestServer.StartAsync();
        await server.CreateGroupAsync();

        var answer = await server.DeploymentAsync("PUT", server.Deployment(new string('n', 65)), Body(Of("")));

        Assert.Equal("InvalidDeployment", await answer.ErrorCodeAsync());
    }

    [Fact]
    public async Task Outputs_that_are_wrong_or_too_large_fail_the_deployment_at_its_end()
    {
        await using var server = await TestServer.StartAsync();
        await server.CreateGroupAsync();

        var missing = await server.DeployAsync(Of(MoverOf("m1"), "\"outputs\": {\"a\": {\"type\": \"string\", \"value\": \"[parameters('none')]\"}},"));
        var large = await server.DeployAsync(Of("", "\"outputs\": {\"a\": {\"type\": \"array\", \"value\": \"[map(range(0, 9999), lambda('x', 'a long text that is there ten thousand times'))]\"}},"));

        Assert.Equal("DeploymentOutputEvaluationFailed", missing["properties"]!["error"]!["code"]!.GetValue<string>());
        Assert.Equal("DeploymentOutputEvaluationFailed", large["properties"]!["error"]!["code"]!.GetValue<string>());
        Assert.Equal(HttpStatusCode.OK, (await server.GetAsync(server.Mover())).StatusCode);
    }

    [Fact]
    public async Task A_template_of_megabytes_is_kept_whole()
    {
        await using var server = await TestServer.StartAsync();
        await server.CreateGroupAsync();
        var random = new Random(1);
        var text = string.Concat(Enumerable.Range(0, 3_000_000).Select(_ => (char)('!' + random.Next(90)))).Replace('"', ' ').Replace('\\', ' ');
        var template = Of(MoverOf("m1"), $"\"metadata\": {{\"x\": \"{text}\"}},");

        AssertSucceeded(await server.DeployAsync(template));

        var exported = await (await server.DeploymentAsync("POST", server.Deployment() + "/exportTemplate")).JsonAsync();
        Assert.Equal(text, exported["template"]!["metadata"]!["x"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_hash_is_the_same_whatever_blanks_and_comments_a_template_has()
    {
        await using var server = await TestServer.StartAsync();

        var one = await HashAsync(server, Of(MoverOf("m1")));
        var same = await HashAsync(server, Of("/* a comment */ " + MoverOf("m1")));
        var other = await HashAsync(server, Of(MoverOf("m2")));

        Assert.Matches("^[0-9]{1,20}$", one);
        Assert.Equal(one, same);
        Assert.NotEqual(one, other);
    }

    private static async Task<string> HashAsync(TestServer server, string template) =>
        (await (await server.DeploymentAsync("POST", "/providers/Microsoft.Resources/calculateTemplateHash", template)).JsonAsync())["templateHash"]!.GetValue<string>();

    private static string Nested(string name, string mode = "Incremental") =>
        $$"""
        {"type": "Microsoft.Resources/deployments", "apiVersion": "2022-09-01", "name": "{{name}}",
         "properties": {"mode": "{{mode}}", "template": {{Of(MoverOf("m1"))}} } }
        """;
}
