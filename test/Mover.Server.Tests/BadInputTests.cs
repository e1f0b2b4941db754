using System.Net;
using System.Text;

namespace Mover.Server.Tests;

/// <summary>Whatever is sent, the answer is the documented error: never a 500, never a stack trace.</summary>
public sealed class BadInputTests : IAsyncLifetime
{
    private TestServer _server = null!;

    public async Task InitializeAsync()
    {
        _server = await TestServer.StartAsync();
        await _server.CreateMoverAsync();
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("nonsense")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("42")]
    [InlineData("\"text\"")]
    [InlineData("{\"properties\":7}")]
    [InlineData("{\"properties\":[]}")]
    [InlineData("{\"properties\":{\"endpointType\":7}}")]
    [InlineData("{\"properties\":{\"endpointType\":\"Floppy\"}}")]
    [InlineData("{\"properties\":{\"endpointType\":null}}")]
    [InlineData("{\"properties\":{\"host\":\"h\"}}")]
    [InlineData("{\"properties\":{\"endpointType\":\"NfsMount\",\"host\":{}}}")]
    [InlineData("{\"properties\":{\"endpointType\":\"NfsMount\",\"endpointType\":\"SmbMount\"}}")]
    [InlineData("{\"identity\":\"x\",\"properties\":{\"endpointType\":\"NfsMount\"}}")]
    [InlineData("{\"tags\":{\"a\":1},\"properties\":{\"endpointType\":\"NfsMount\"}}")]
    [InlineData("\u00ff\u00fe")]
    public async Task A_body_that_is_not_the_resource_is_invalid_content(string body)
    {
        var response = await _server.PutAsync(_server.Mover() + "/endpoints/e", body);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal("InvalidRequestContent", await response.ErrorCodeAsync());
    }

    [Fact]
    public async Task A_wrong_type_is_named_by_its_path()
    {
        var response = await _server.PutAsync(
            _server.Mover() + "/agents/a1", """{"properties":{"uploadLimitSchedule":{"weeklyRecurrences":[{"limitInMbps":"much"}]}}}""");

        Assert.Equal(
            "$.properties.uploadLimitSchedule.weeklyRecurrences[0].limitInMbps", (string?)(await response.JsonAsync())["error"]!["target"]);
    }

    [Fact]
    public async Task A_body_of_absurd_depth_is_refused()
    {
        var response = await _server.PutAsync(_server.Mover() + "/projects/p", new string('[', 5000) + new string(']', 5000));

        Assert.Equal("InvalidRequestContent", await response.ErrorCodeAsync());
    }

    [Fact]
    public async Task A_body_above_the_limit_is_refused()
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, TestServer.Versioned(_server.Mover() + "/projects/p"))
        {
            Content = new StringContent("{\"x\":\"" + new string('x', 5 * 1024 * 1024) + "\"}"),
        };
        request.Headers.ExpectContinue = true;

        var response = await _server.Http.SendAsync(request);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.Equal("RequestEntityTooLarge", await response.ErrorCodeAsync());
    }

    [Theory]
    [InlineData("?", "MissingApiVersionParameter")]
    [InlineData("?api-version=", "MissingApiVersionParameter")]
    [InlineData("?api-version=1999-01-01", "InvalidApiVersionParameter")]
    [InlineData("?api-version=../..", "InvalidApiVersionParameter")]
    public async Task A_missing_or_unknown_api_version_is_refused(string query, string code)
    {
        var response = await _server.SendAsync(HttpMethod.Get, _server.Mover() + query);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal(code, await response.ErrorCodeAsync());
    }

    [Theory]
    [InlineData("a..b")]
    [InlineData("-a")]
    [InlineData("a%20b")]
    [InlineData("a%2fb")]
    [InlineData("a%0ab")]
    [InlineData("a%0a")]
    [InlineData("a%00b")]
    [InlineData("%C3%A4")]
    [InlineData("01234567890123456789012345678901234567890123456789012345678901234")]
    public async Task A_name_that_cannot_be_one_is_refused_and_nothing_is_made(string name)
    {
        var response = await _server.PutAsync(_server.Mover() + "/projects/" + name, "{}");

        Assert.InRange((int)response.StatusCode, 400, 405);
        Assert.Equal("""{"value":[]}""", await (await _server.GetAsync(_server.Mover() + "/projects")).Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("POST", "/projects", 405)]
    [InlineData("PATCH", "/connections/c", 405)]
    [InlineData("PUT", "/projects/p/jobDefinitions/j/jobRuns/r", 405)]
    [InlineData("GET", "/projects/p/jobDefinitions/j/startJob", 405)]
    [InlineData("GET", "/things", 404)]
    public async Task An_unknown_route_or_verb_is_answered_as_arm_does(string method, string path, int status)
    {
        var response = await _server.SendAsync(new(method), TestServer.Versioned(_server.Mover() + path));

        Assert.Equal(status, (int)response.StatusCode);
        Assert.NotEmpty(await response.ErrorCodeAsync());
    }

    [Fact]
    public async Task A_subscription_that_is_not_a_guid_is_refused()
    {
        var response = await _server.GetAsync("/subscriptions/mine/resourceGroups/g/providers/Microsoft.StorageMover/storageMovers/m");

        Assert.Equal("InvalidSubscriptionId", await response.ErrorCodeAsync());
    }

    [Fact]
    public async Task A_name_longer_than_any_key_is_not_found()
    {
        var response = await _server.GetAsync(_server.Mover() + "/projects/" + new string('x', 4000));

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }

    [Fact]
    public async Task A_description_above_its_limit_and_a_forbidden_tag_are_both_named()
    {
        var response = await _server.PutAsync(
            _server.Mover(), "{\"location\":\"eastus\",\"tags\":{\"a<b\":\"c\"},\"properties\":{\"description\":\"" + new string('d', 1025) + "\"}}");

        Assert.Equal(2, (await response.JsonAsync())["error"]!["details"]!.AsArray().Count);
    }

    [Fact]
    public async Task Random_bytes_never_make_a_server_error()
    {
        const int Seed = 20251201;
        var random = new Random(Seed);
        foreach (var length in Enumerable.Range(1, 64))
        {
            var bytes = new byte[length];
            random.NextBytes(bytes);
            using var request = new HttpRequestMessage(HttpMethod.Put, TestServer.Versioned(_server.Mover() + "/endpoints/e"))
            {
                Content = new ByteArrayContent([.. Encoding.UTF8.GetBytes("{\"properties\":"), .. bytes]),
            };

            var response = await _server.Http.SendAsync(request);

            Assert.True((int)response.StatusCode == 400, $"seed {Seed}, length {length}: {response.StatusCode}");
        }
    }
}
