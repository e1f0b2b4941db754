using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Mover.Server.Identity;

namespace Mover.Server.Tests.Deployments;

/// <summary>A template with the answer that Azure gives to its deployment, what-if or export, in a group of its own.</summary>
internal sealed class AzureCase
{
    private const string DeploymentName = "wave1";
    private const string Location = "eastus";

    private static readonly Lazy<IReadOnlyDictionary<string, JsonObject>> All = new(() =>
        JsonNode.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Deployments", "cases.json")))!.AsArray()
            .Select(one => one!.AsObject())
            .ToDictionary(one => one["id"]!.GetValue<string>(), StringComparer.Ordinal));

    private readonly TestServer _server;
    private readonly JsonObject _filled;

    private AzureCase(TestServer server, string id)
    {
        string Filled(string text) => text
            .Replace("{sub}", server.Subscription, StringComparison.Ordinal)
            .Replace("{rg}", id, StringComparison.Ordinal)
            .Replace("{location}", Location, StringComparison.Ordinal)
            .Replace("{tenant}", server.Services.GetRequiredService<Administrator>().TenantId, StringComparison.Ordinal)
            .Replace("{deployment}", DeploymentName, StringComparison.Ordinal);
        _server = server;
        _filled = JsonNode.Parse(Filled(All.Value[id].ToJsonString()))!.AsObject();
        Group = server.Group(id);
        Deployment = server.Deployment(DeploymentName, id);
    }

    /// <summary>The id of the group.</summary>
    public string Group { get; }

    /// <summary>The id of the deployment.</summary>
    public string Deployment { get; }

    /// <summary>The right answer.</summary>
    public JsonObject Expected => _filled["expected"]!.AsObject();

    /// <summary>The ids of the cases of some kinds, without those whose answers have hashes: the tests of the language compute them.</summary>
    public static TheoryData<string> Ids(params string[] kinds) =>
        [.. All.Value.Where(one => kinds.Contains((string?)one.Value["kind"]) && !HasHashes(one.Value)).Select(one => one.Key)];

    /// <summary>Makes the group, with what has to be there first.</summary>
    public static async Task<AzureCase> StartAsync(TestServer server, string id)
    {
        var one = new AzureCase(server, id);
        await server.CreateGroupAsync(id);
        foreach (var before in one._filled["setup"]?.AsArray() ?? [])
        {
            Templates.AssertSucceeded(
                await server.DeployAsync(before!["template"]!.ToJsonString(), path: server.Deployment("setup", id)));
        }

        return one;
    }

    /// <summary>What a text of a case matches, <c>*</c> standing for anything.</summary>
    public static Regex Pattern(string text) =>
        new(Regex.Escape(text).Replace(@"\*", ".*", StringComparison.Ordinal), RegexOptions.Singleline, TimeSpan.FromSeconds(1));

    /// <summary>Sends the case's body to the deployment, or to an action of it.</summary>
    public Task<HttpResponseMessage> SendAsync(string method, string action = "") =>
        _server.DeploymentAsync(method, Deployment + action, Body());

    /// <summary>Exports the group as the case asks for it.</summary>
    public Task<HttpResponseMessage> ExportAsync() =>
        _server.ArmAsync("POST", Group + "/exportTemplate", _filled["request"]!.ToJsonString());

    private static bool HasHashes(JsonObject written) => written.ToJsonString().Contains("{{", StringComparison.Ordinal);

    private string Body()
    {
        var request = _filled["request"] as JsonObject;
        if ((request?["rawText"] ?? request?["raw"]) is { } raw)
        {
            return raw is JsonValue text ? text.GetValue<string>() : raw.ToJsonString();
        }

        var properties = new JsonObject
        {
            ["mode"] = request?["mode"]?.DeepClone() ?? "Incremental",
            ["template"] = _filled["template"]!.DeepClone(),
            ["parameters"] = _filled["parameters"]!.DeepClone(),
        };
        if (request?["resultFormat"] is { } format)
        {
            properties["whatIfSettings"] = new JsonObject { ["resultFormat"] = format.DeepClone() };
        }

        return new JsonObject { ["properties"] = properties }.ToJsonString();
    }
}
