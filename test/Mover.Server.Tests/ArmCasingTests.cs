using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Mover.Testing;

namespace Mover.Server.Tests;

/// <summary>How a body may be written: the case of its members, its content type, its compression.</summary>
public sealed class ArmCasingTests : IAsyncLifetime
{
    private TestServer _server = null!;

    public async Task InitializeAsync()
    {
        _server = await TestServer.StartAsync();
        await _server.CreateMoverAsync();
        _server.Http.DefaultRequestHeaders.Add(ContractWatch.BendsContract, "yes");
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task The_case_of_members_and_of_the_endpoint_type_is_ignored()
    {
        using var put = await _server.PutAsync(
            _server.Mover() + "/endpoints/e",
            """{"PROPERTIES":{"EndPointType":"nfsmount","Host":"filer","EXPORT":"/data","description":"Kept As It Is"}}""");
        var properties = (await put.JsonAsync())["properties"]!;
        using var patched = await _server.SendAsync(
            HttpMethod.Patch, TestServer.Versioned(_server.Mover() + "/endpoints/e"),
            """{"Properties":{"endpointtype":"NFSMOUNT","Description":"new"}}""");

        Assert.Equal(HttpStatusCode.OK, put.StatusCode);
        Assert.Equal(("NfsMount", "filer", "/data", "Kept As It Is"),
            ((string?)properties["endpointType"], (string?)properties["host"], (string?)properties["export"], (string?)properties["description"]));
        Assert.Equal("new", (string?)(await patched.JsonAsync())["properties"]!["description"]);
    }

    [Fact]
    public async Task Members_are_read_in_any_case_in_older_versions_and_in_lists_as_well()
    {
        using var older = await _server.SendAsync(
            HttpMethod.Put, TestServer.Versioned(_server.Mover() + "/projects/p", "2023-03-01"), """{"Properties":{"DESCRIPTION":"d"}}""");
        using var agent = await _server.PutAsync(_server.Mover() + "/agents/a", $$$"""
            {"properties":{"arcResourceId":"{{{_server.Group()}}}/providers/Microsoft.HybridCompute/machines/a1","arcVmUuid":"3bb2c024-eba9-4d18-9e7a-1d772fcc5fe9",
            "UploadLimitSchedule":{"WeeklyRecurrences":[{"LimitInMbps":5,"Days":["Monday"],"StartTime":{"Hour":1},"EndTime":{"Hour":2} } ] } }
            }
            """);

        Assert.Equal("d", (string?)(await older.JsonAsync())["properties"]!["description"]);
        Assert.Equal(5, (int?)(await agent.JsonAsync())["properties"]!["uploadLimitSchedule"]!["weeklyRecurrences"]![0]!["limitInMbps"]);
    }

    [Fact]
    public async Task A_member_in_two_casings_is_refused_by_name()
    {
        using var answer = await _server.PutAsync(_server.Mover() + "/projects/p", """{"properties":{"description":"a","Description":"b"}}""");

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains("$.properties.description", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Names_of_tags_stay_as_they_are()
    {
        using var answer = await _server.PutAsync(_server.Mover(), """{"Location":"eastus","Tags":{"Location":"x","TEAM":"y"}}""");

        var tags = (await answer.JsonAsync())["tags"]!.AsObject();
        Assert.Equal(["Location", "TEAM"], tags.Select(tag => tag.Key));
    }

    [Fact]
    public async Task A_put_without_location_over_a_mover_is_refused()
    {
        using var answer = await _server.PutAsync(_server.Mover(), """{"properties":{"description":"d"}}""");

        Assert.Equal("LocationRequired", await answer.ErrorCodeAsync());
    }

    [Theory]
    [InlineData("text/plain", null)]
    [InlineData("application/xml", null)]
    [InlineData("application/x-www-form-urlencoded", null)]
    [InlineData("application/json", "br")]
    [InlineData("application/json", "gzip, gzip")]
    public async Task A_body_that_is_not_json_by_its_headers_is_not_supported(string type, string? encoding)
    {
        using var answer = await PutAsync("{}"u8.ToArray(), type, encoding);

        Assert.Equal(HttpStatusCode.UnsupportedMediaType, answer.StatusCode);
        Assert.Equal("UnsupportedMediaType", await answer.ErrorCodeAsync());
    }

    [Theory]
    [InlineData("application/json; charset=utf-8")]
    [InlineData("application/merge-patch+json")]
    [InlineData("text/json")]
    [InlineData(null)]
    public async Task Json_under_its_other_names_is_read(string? type)
    {
        using var answer = await PutAsync("{}"u8.ToArray(), type, null);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task A_compressed_body_is_read_and_bounded_by_what_comes_out()
    {
        using var read = await PutAsync(Zipped("""{"properties":{"description":"zipped"}}"""), "application/json", "gzip");
        using var bomb = await PutAsync(Zipped("{" + new string(' ', 20_000_000)), "application/json", "gzip");
        using var broken = await PutAsync("not gzip at all"u8.ToArray(), "application/json", "gzip");

        Assert.Equal("zipped", (string?)(await read.JsonAsync())["properties"]!["description"]);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, bomb.StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, broken.StatusCode);
    }

    private async Task<HttpResponseMessage> PutAsync(byte[] body, string? type, string? encoding)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, TestServer.Versioned(_server.Mover() + "/projects/p"));
        request.Content = new ByteArrayContent(body);
        request.Content.Headers.ContentType = type is null ? null : MediaTypeHeaderValue.Parse(type);
        if (encoding is not null)
        {
            request.Content.Headers.TryAddWithoutValidation("Content-Encoding", encoding);
        }

        return await _server.Http.SendAsync(request);
    }

    private static byte[] Zipped(string text)
    {
        using var zipped = new MemoryStream();
        using (var zip = new GZipStream(zipped, CompressionLevel.Fastest))
        {
            zip.Write(Encoding.UTF8.GetBytes(text));
        }

        return zipped.ToArray();
    }
}
