using Mover.Conformance.Contract;

namespace Mover.Conformance.Tests.Contract;

/// <summary>Exchanges that break the contract in one place each.</summary>
public sealed class ContractCheckTests
{
    private const string Group = "https://host/subscriptions/6a3f2c1e-0000-4000-8000-1234567890ab/resourceGroups/g";
    private const string Mover = Group + "/providers/Microsoft.StorageMover/storageMovers/m";
    private const string Operations =
        "https://host/subscriptions/6a3f2c1e-0000-4000-8000-1234567890ab/providers/Microsoft.StorageMover/locations/eastus";

    private const string Envelope =
        """
        "id":"/subscriptions/s/resourceGroups/g/providers/Microsoft.StorageMover/storageMovers/m","name":"m","type":"microsoft.storagemover/storagemovers"
        """;

    [Theory]
    [InlineData("GET", Mover, "2025-12-01", 200, "{" + Envelope + ",\"location\":\"eastus\"}", "")]
    [InlineData("GET", Mover, "2025-12-01", 200, "{" + Envelope + "}",
        "StorageMovers_Get (2025-12-01), response /location: is required but missing.")]
    [InlineData("GET", Mover, "2025-12-01", 200, "{" + Envelope + ",\"location\":\"eastus\",\"etag\":\"x\"}",
        "StorageMovers_Get (2025-12-01), response /etag: is not a property of api-version 2025-12-01.")]
    [InlineData("GET", Mover, "2025-12-01", 201, "{" + Envelope + ",\"location\":\"eastus\"}",
        "StorageMovers_Get (2025-12-01), response: the status is 201, not one of 200.")]
    [InlineData("GET", Mover, "1999-01-01", 200, "{}",
        "GET /subscriptions/6a3f2c1e-0000-4000-8000-1234567890ab/resourceGroups/g/providers/Microsoft.StorageMover/storageMovers/m (1999-01-01), "
        + "request: the api-version '1999-01-01' is not defined, but was accepted.")]
    [InlineData("GET", Mover + "/connections", "2025-07-01", 200, "{\"value\":[]}",
        "GET /subscriptions/6a3f2c1e-0000-4000-8000-1234567890ab/resourceGroups/g/providers/Microsoft.StorageMover/storageMovers/m/connections "
        + "(2025-07-01), request: the version has no such operation, but the request was accepted.")]
    [InlineData("GET", Mover + "/connections", "2025-08-01", 200, "{\"value\":[]}", "")]
    [InlineData("GET", Mover, "2025-12-01", 404, "{\"error\":{\"code\":\"NotFound\",\"message\":\"Gone.\"}}", "")]
    [InlineData("GET", Mover, "2025-12-01", 404, "{}",
        "StorageMovers_Get (2025-12-01), response /error: is required but missing.")]
    [InlineData("GET", Mover, "2025-12-01", 404, "{\"error\":{\"code\":\"Not found\",\"message\":\"Gone.\"}}",
        "StorageMovers_Get (2025-12-01), response /error/code: is 'Not found', which does not match ^[A-Za-z][A-Za-z0-9.]*$.")]
    [InlineData("GET", Mover, "2025-12-01", 404, "gone", "StorageMovers_Get (2025-12-01), response: the body is not JSON.")]
    [InlineData("GET", Operations + "/operationStatuses/o", "2025-12-01", 200, "{\"id\":\"/subscriptions/s\",\"name\":\"o\"}",
        "OperationStatuses_Get (2025-12-01), response /status: is required but missing.")]
    [InlineData("DELETE", Mover, "2025-12-01", 204, "x",
        "StorageMovers_Delete (2025-12-01), response: the 204 response has a body, but the definition has none.")]
    [InlineData("DELETE", Mover, "2025-12-01", 202, "null",
        "StorageMovers_Delete (2025-12-01), header Location: is required with a 202, and must be absolute.")]
    public void A_broken_answer_is_named_by_operation_version_and_place(
        string method, string url, string version, int status, string body, string expected)
    {
        var found = ContractCheck.Run(Some(method, url, version, status, body));

        Assert.StartsWith(expected, string.Join(Environment.NewLine, found), StringComparison.Ordinal);
        Assert.Equal(expected.Length > 0, found.Count > 0);
    }

    [Theory]
    [InlineData("POST", Mover + "/agents/a/channel/beat", "", 200, false, null)]
    [InlineData("GET", Mover + "/projects/p/jobDefinitions/j/jobRuns/r/copyLog", "2025-12-01", 200, false, null)]
    [InlineData("GET", Mover + "/projects/p/jobDefinitions/j/jobRuns/r/progress", "2025-12-01", 200, false, null)]
    [InlineData("GET", Group + "/providers/Microsoft.Storage/storageAccounts/a", "2023-01-01", 200, false, null)]
    [InlineData("GET", Group + "/providers/Microsoft.Storage/storageAccounts/a", "2023-01-01", 404, true, null)]
    [InlineData("GET", Mover + "/projects/channel/jobDefinitions/j", "2025-12-01", 200, true, "JobDefinitions_Get")]
    [InlineData("GET", Mover + "/agents/channel", "2025-12-01", 404, true, "Agents_Get")]
    [InlineData("GET", Mover + "/connections", "2025-07-01", 200, true, null)]
    [InlineData("GET", Operations + "/operationStatuses/o", "2025-12-01", 200, true, "OperationStatuses_Get")]
    [InlineData("GET", Operations + "/operationResults/o", "2025-12-01", 200, false, null)]
    public void What_a_definition_speaks_of_is_held_to_it(
        string method, string url, string version, int status, bool isHeld, string? operation)
    {
        var exchange = Some(method, url, version, status, "{}");

        Assert.Equal((isHeld, operation), (ContractCheck.IsHeld(exchange), ContractCheck.OperationOf(exchange)));
    }

    [Fact]
    public void A_request_that_the_definition_does_not_allow_must_not_be_accepted()
    {
        var exchange = Some("PUT", Mover, "2025-12-01", 200, "{" + Envelope + ",\"location\":\"eastus\"}") with { RequestBody = "{}" };

        var found = Assert.Single(ContractCheck.Run(exchange));

        Assert.Equal(("request", "/location"), (found.Part, found.Pointer));
        Assert.Empty(ContractCheck.Run(exchange, isRequestChecked: false));
    }

    private static Exchange Some(string method, string url, string version, int status, string body) => new()
    {
        Method = method,
        Url = new($"{url}?api-version={version}"),
        Status = status,
        Headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase)
        {
            ["Content-Type"] = "application/json; charset=utf-8",
            ["x-ms-request-id"] = "r",
        },
        Body = body,
    };
}
