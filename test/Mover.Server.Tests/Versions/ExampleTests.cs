using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Mover.Conformance.Contract;

namespace Mover.Server.Tests.Versions;

/// <summary>The examples beside the newest API definition are accepted, and answered with what they say.</summary>
public sealed class ExampleTests : IAsyncLifetime
{
    private TestServer _server = null!;

    public static TheoryData<string> Writes =>
        [.. ApiDefinitions.Examples().Where(e => e!["parameters"]!.AsObject().Any(p => p.Value is JsonObject)).Select(e => (string)e!["name"]!)];

    public async Task InitializeAsync() => _server = await TestServer.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Theory]
    [MemberData(nameof(Writes))]
    public async Task An_example_is_accepted_and_answered_with_equal_content(string name)
    {
        var example = ApiDefinitions.Examples().Single(e => (string)e!["name"]! == name)!;
        var (parent, path) = PathsOf(example);
        var body = BodyOf(example)!;
        await CreateParentsAsync(example, parent);
        var isUpdate = ((string)example["operationId"]!).Contains("_Update", StringComparison.Ordinal);
        if (isUpdate)
        {
            await PutAsync(path, BodyOf(CreatorOf(example))!);
        }

        var answer = isUpdate
            ? await _server.PatchAsync(Newest(path), body.ToJsonString())
            : await _server.PutAsync(Newest(path), body.ToJsonString());

        Assert.True(answer.StatusCode == HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
        AssertHolds(body, await answer.JsonAsync(), "$");
    }

    private static string Newest(string path) => TestServer.Versioned(path, AllTypes.Newest);

    // The example that creates what another one changes.
    private JsonNode CreatorOf(JsonNode update)
    {
        var operation = ((string)update["operationId"]!).Split('_')[0];
        var type = (string?)BodyOf(update)!["properties"]?["endpointType"];
        return ApiDefinitions.Examples().First(e => ((string)e!["operationId"]!).StartsWith(operation + "_CreateOrUpdate", StringComparison.Ordinal)
            && (type is null || (string?)BodyOf(e)!["properties"]!["endpointType"] == type))!;
    }

    // The body, with the server's subscription where the example has one of its own.
    private JsonObject? BodyOf(JsonNode example)
    {
        var own = example["parameters"]!.ToJsonString()
            .Replace((string)example["parameters"]!["subscriptionId"]!, _server.Subscription, StringComparison.OrdinalIgnoreCase);
        return JsonNode.Parse(own)!.AsObject().Select(p => p.Value).OfType<JsonObject>().FirstOrDefault();
    }

    private (string Mover, string Resource) PathsOf(JsonNode example)
    {
        var given = example["parameters"]!;
        var mover = $"/subscriptions/{_server.Subscription}/resourceGroups/{given["resourceGroupName"]}"
            + $"/providers/Microsoft.StorageMover/storageMovers/{given["storageMoverName"]}";
        return (mover, mover + ((string)example["operationId"]!).Split('_')[0] switch
        {
            "Agents" => $"/agents/{given["agentName"]}",
            "Endpoints" => $"/endpoints/{given["endpointName"]}",
            "Connections" => $"/connections/{given["connectionName"]}",
            "Projects" => $"/projects/{given["projectName"]}",
            "JobDefinitions" => $"/projects/{given["projectName"]}/jobDefinitions/{given["jobDefinitionName"]}",
            _ => string.Empty,
        });
    }

    private async Task CreateParentsAsync(JsonNode example, string mover)
    {
        var given = example["parameters"]!;
        var group = await _server.SendAsync(
            HttpMethod.Put, TestServer.Versioned(mover.Split("/providers/")[0], "2021-04-01"), """{"location":"eastus"}""");
        Assert.True(group.IsSuccessStatusCode, await group.Content.ReadAsStringAsync());
        var operation = ((string)example["operationId"]!).Split('_')[0];
        if (operation != "StorageMovers")
        {
            await PutAsync(mover, new() { ["location"] = "eastus" });
        }

        if (operation == "JobDefinitions")
        {
            await PutAsync($"{mover}/projects/{given["projectName"]}", []);
            var isCloud = (string?)BodyOf(example)!["properties"]!["jobType"] == "CloudToCloud";
            await PutAsync($"{mover}/endpoints/examples-targetEndpointName", Blob("Target"));
            await PutAsync($"{mover}/endpoints/examples-sourceEndpointName", isCloud ? Blob("Source") : JsonNode.Parse(Some.NfsBody)!.AsObject());
        }
    }

    private JsonObject Blob(string kind)
    {
        var blob = JsonNode.Parse(_server.BlobBody())!.AsObject();
        blob["properties"]!["endpointKind"] = kind;
        return blob;
    }

    private async Task PutAsync(string path, JsonObject body) => await _server.CreateAsync(Newest(path), body.ToJsonString());

    private static void AssertHolds(JsonNode? said, JsonNode? shown, string where)
    {
        if (said is not JsonObject record)
        {
            Assert.True(IsSame(said, shown), $"{where}: {said} became {shown}");
            return;
        }

        foreach (var (name, value) in record)
        {
            AssertHolds(value, (shown as JsonObject)?[name], $"{where}.{name}");
        }
    }

    // A schedule's dates are cut to their day; a location is answered in its canonical spelling.
    private static bool IsSame(JsonNode? said, JsonNode? shown) =>
        JsonNode.DeepEquals(said, shown)
        || (IsText(said, out var one) && IsText(shown, out var other)
            && (other.EndsWith("T00:00:00Z", StringComparison.Ordinal) && one[..10] == other[..10]
                || one.Replace(" ", string.Empty, StringComparison.Ordinal).Equals(other, StringComparison.OrdinalIgnoreCase)));

    private static bool IsText(JsonNode? node, out string text)
    {
        text = node is JsonValue value && value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : string.Empty;
        return text.Length >= 6;
    }
}
