using Mover.Conformance.Contract;

namespace Mover.Conformance.Tests.Contract;

/// <summary>Exchanges of deployments that break the contract in one place each.</summary>
public sealed class DeploymentContractTests
{
    private const string Subscription = "https://host/subscriptions/6a3f2c1e-0000-4000-8000-1234567890ab";
    private const string Group = Subscription + "/resourceGroups/g";
    private const string One = Group + "/providers/Microsoft.Resources/deployments/d";
    private const string Version = "2025-04-01";

    [Theory]
    [InlineData("GET", One, 200, """{"name":"d","properties":{"mode":"Incremental","timestamp":"2026-01-01T00:00:00Z"}}""", "")]
    [InlineData("GET", One, 200, """{"name":1}""", "Deployments_Get (2025-04-01), response /name: is a number, not a string.")]
    [InlineData("GET", One, 200, """{"properties":{"mode":"Whole"}}""",
        "Deployments_Get (2025-04-01), response /properties/mode: is 'Whole', which is not one of Incremental, Complete.")]
    [InlineData("GET", One, 200, """{"properties":{"timestamp":"yesterday"}}""",
        "Deployments_Get (2025-04-01), response /properties/timestamp: is 'yesterday', which is not an RFC 3339 time.")]
    [InlineData("GET", One, 200, """{"properties":{"outputs":null}}""",
        "Deployments_Get (2025-04-01), response /properties/outputs: is null; unset properties must be omitted.")]
    [InlineData("GET", One, 200, """{"state":"Running"}""",
        "Deployments_Get (2025-04-01), response /state: is not a property of api-version 2021-04-01.")]
    [InlineData("GET", One, 202, "{}", "Deployments_Get (2025-04-01), response: the status is 202, not one of 200.")]
    [InlineData("GET", One, 404, "{}", "Deployments_Get (2025-04-01), response /error: is required but missing.")]
    [InlineData("HEAD", One, 200, "", "Deployments_CheckExistence (2025-04-01), response: the status is 200, not one of 204.")]
    [InlineData("DELETE", One, 202, "", "Deployments_Delete (2025-04-01), header Location: is required with a 202, and must be absolute.")]
    [InlineData("POST", One + "/cancel", 204, "x",
        "Deployments_Cancel (2025-04-01), response: the 204 response has a body, but the definition has none.")]
    [InlineData("GET", One + "/operationStatuses/1", 200, "{}",
        "Deployments_GetStatus (2025-04-01), response /status: is required but missing.")]
    [InlineData("GET", One + "/operations", 200, """{"value":[{"properties":{"statusCode":200}}]}""",
        "DeploymentOperations_ListAtScope (2025-04-01), response /value/0/properties/statusCode: is a number, not a string.")]
    [InlineData("GET", Group + "/deployments/d/operations", 200, """{"value":{}}""",
        "DeploymentOperations_List (2025-04-01), response /value: is an object, not an array.")]
    [InlineData("GET", Subscription + "/providers/Microsoft.Resources/deployments", 200, "[]",
        "Deployments_ListAtSubscriptionScope (2025-04-01), response: is an array, not an object.")]
    [InlineData("GET", One + "/stacks", 200, "{}",
        "GET /subscriptions/6a3f2c1e-0000-4000-8000-1234567890ab/resourceGroups/g/providers/Microsoft.Resources/deployments/d/stacks (2025-04-01), "
        + "request: the version has no such operation, but the request was accepted.")]
    public void A_broken_answer_is_named_by_operation_version_and_place(
        string method, string url, int status, string body, string expected) =>
        Assert.Equal(expected, string.Join(Environment.NewLine, ContractCheck.Run(Some(method, url, status, body))));

    [Theory]
    [InlineData(One + "/whatIf", """{"properties":{"mode":"Incremental"}}""",
        """{"status":"Succeeded","properties":{"changes":[{"resourceId":"/s","changeType":"Modify","delta":[{"path":"a","propertyChangeType":"Modify","before":1,"after":"x"}]}]}}""",
        "")]
    [InlineData(One + "/whatIf", """{"properties":{"mode":"Incremental"}}""", """{"properties":{"changes":[{"changeType":"Create"}]}}""",
        "Deployments_WhatIf (2025-04-01), response /properties/changes/0/resourceId: is required but missing.")]
    [InlineData(One + "/validate", """{"properties":{}}""", """{"id":"/s","name":"d","properties":{"validatedResources":[]}}""",
        "Deployments_Validate (2025-04-01), request /properties/mode: is required but missing.")]
    [InlineData(One + "/validate", """{"properties":{"mode":"Incremental","ofNewerVersion":1}}""", "{}", "")]
    [InlineData(One + "/validate", """{"properties":{"mode":"Incremental",template:{}}}""", "{}", "")]
    [InlineData(Group + "/exportTemplate", "resources", "{}",
        "ResourceGroups_ExportTemplate (2025-04-01), request: the body was not JSON, but was accepted.")]
    [InlineData(Group + "/exportTemplate", """{"resources":"*"}""", "{}",
        "ResourceGroups_ExportTemplate (2025-04-01), request /resources: is a string, not an array.")]
    [InlineData("https://host/providers/Microsoft.Resources/calculateTemplateHash", "{}", """{"templateHash":1}""",
        "Deployments_CalculateTemplateHash (2025-04-01), response /templateHash: is a number, not a string.")]
    public void A_post_is_held_with_its_body(string url, string asked, string answered, string expected) => Assert.Equal(
        expected, string.Join(Environment.NewLine, ContractCheck.Run(Some("POST", url, 200, answered) with { RequestBody = asked })));

    [Theory]
    [InlineData(One, true, "Deployments_Get")]
    [InlineData(Group + "/PROVIDERS/microsoft.resources/Deployments", true, "Deployments_ListByResourceGroup")]
    [InlineData(Group + "/providers/Microsoft.Resources/deploymentStacks/s", false, null)]
    [InlineData(One + "/providers/Microsoft.Authorization/locks", false, null)]
    [InlineData(Group, false, null)]
    public void Deployments_are_told_by_their_path(string url, bool isHeld, string? operation)
    {
        var exchange = Some("GET", url, 200, "{}");

        Assert.Equal((isHeld, operation), (ContractCheck.IsHeld(exchange), ContractCheck.OperationOf(exchange)));
    }

    [Fact]
    public void The_definition_resolves_all_its_references()
    {
        var definition = ApiDefinitions.Deployments;

        foreach (var schema in definition.Operations.Select(o => o.BodySchema).OfType<System.Text.Json.Nodes.JsonObject>())
        {
            Assert.NotNull(definition.Resolve(schema));
        }

        Assert.Equal(30, definition.Operations.Count(o => !o.Path.Contains("StorageMover", StringComparison.Ordinal)));
    }

    private static Exchange Some(string method, string url, int status, string body) => new()
    {
        Method = method,
        Url = new($"{url}?api-version={Version}"),
        Status = status,
        Headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase)
        {
            ["Content-Type"] = "application/json; charset=utf-8",
            ["x-ms-request-id"] = "r",
        },
        Body = body,
    };
}
