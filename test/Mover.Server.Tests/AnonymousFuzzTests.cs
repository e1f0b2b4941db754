using System.IO.Compression;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace Mover.Server.Tests;

/// <summary>Whoever has no token may send what they like: the answer is never a fault of the server.</summary>
public sealed class AnonymousFuzzTests : IAsyncLifetime
{
    private static readonly string[] Methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"];
    private static readonly string?[] ContentTypes =
    [
        null, "application/x-www-form-urlencoded", "application/x-www-form-urlencodedx", "application/x-www-form-urlencoded; charset=nonsense",
        "application/x-www-form-urlencoded; charset=utf-7", "application/x-www-form-urlencoded;;;", "multipart/form-data",
        "multipart/form-data; boundary=x", "application/json", "text", "/", "\"", "application/json; charset=\"",
    ];
    private static readonly string?[] Encodings = [null, "gzip", "br", "nonsense", "gzip, gzip"];
    private static readonly string[] Bodies =
        ["", "&&&=", "a=%", "a=%zz&b", "grant_type=client_credentials&client_id=%00", "{", "\ud83d\ude00=1", "grant_type=" + new string('x', 70_000)];

    private TestServer _server = null!;

    public async Task InitializeAsync() => _server = await TestServer.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task No_form_encoding_or_method_makes_an_anonymous_path_fail()
    {
        using var anonymous = Anonymous();
        var faults = new List<string>();
        foreach (var path in Paths())
        {
            foreach (var (method, type, encoding, body) in Combinations())
            {
                using var request = Request(method, path, type, encoding, body);
                using var answer = await anonymous.SendAsync(request);
                if ((int)answer.StatusCode >= 500)
                {
                    faults.Add($"{method} {path} {type} {encoding} {body[..Math.Min(20, body.Length)]}: {answer.StatusCode}");
                }
            }
        }

        Assert.True(faults.Count == 0, string.Join("\n", faults.Take(12)));
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost:\r\n\r\n")]
    [InlineData("GET /metadata/endpoints HTTP/1.1\r\nHost: a b\r\n\r\n")]
    [InlineData("GET /metadata/endpoints?api-version=%00 HTTP/1.1\r\nHost: x\r\n\r\n")]
    [InlineData("GET /%00 HTTP/1.1\r\nHost: x\r\n\r\n")]
    [InlineData("GET /%FF/%C0%80 HTTP/1.1\r\nHost: x\r\n\r\n")]
    [InlineData("GET //..//adfs/%2e%2e/x HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer\r\n\r\n")]
    [InlineData("GET /subscriptions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \r\nAuthorization: Bearer a.b.c\r\n\r\n")]
    [InlineData("POST /adfs/oauth2/token HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")]
    [InlineData("POST /adfs/oauth2/token HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r\n3\r\na=b\r\nzz\r\n")]
    [InlineData("POST /adfs/oauth2/token HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n")]
    [InlineData("POST /adfs/oauth2/token HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\na")]
    [InlineData("POST /adfs/oauth2/token HTTP/1.1\r\nHost: x\r\nExpect: nonsense\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("BREW /healthz HTTP/9.9\r\n\r\n")]
    public async Task No_odd_request_makes_the_server_fail(string request)
    {
        var at = new Uri(_server.Url);
        using var socket = new TcpClient();
        await socket.ConnectAsync(at.Host, at.Port);
#pragma warning disable CA5359 // The requests are the subject, not the server's name.
        await using var tls = new SslStream(socket.GetStream(), leaveInnerStreamOpen: false, (_, _, _, _) => true);
#pragma warning restore CA5359
        await tls.AuthenticateAsClientAsync(at.Host);

        await tls.WriteAsync(Encoding.Latin1.GetBytes(request));
        var line = await new StreamReader(tls, Encoding.Latin1).ReadLineAsync();

        Assert.Matches(@"^HTTP/1\.1 ([1234]\d\d|505)", line ?? "HTTP/1.1 400 closed without an answer");
    }

    [Theory]
    [InlineData("YQ")]
    [InlineData("YQ==")]
    [InlineData("A")]
    [InlineData("_")]
    [InlineData("%00")]
    [InlineData("4piD")]
    public async Task A_skip_token_that_is_not_a_page_of_the_list_is_refused(string token)
    {
        var statuses = new List<HttpStatusCode>();
        foreach (var list in new[]
        {
            "/providers/Microsoft.Insights/eventtypes/management/values?api-version=2015-04-01",
            "/resources?api-version=2021-04-01", "/resourcegroups?api-version=2021-04-01",
            "/providers/Microsoft.StorageMover/storageMovers?api-version=2025-12-01",
            "/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01",
        })
        {
            using var answer = await _server.SendAsync(HttpMethod.Get, $"/subscriptions/{_server.Subscription}{list}&$skiptoken={token}");
            statuses.Add(answer.StatusCode);
        }

        Assert.All(statuses, status => Assert.InRange((int)status, 200, 499));
        Assert.Contains(HttpStatusCode.BadRequest, statuses);
    }

    private string[] Paths()
    {
        var tenant = JsonTenant();
        return
        [
            $"/{tenant}/oauth2/v2.0/token", $"/{tenant}/oauth2/token", "/adfs/oauth2/token", "/adfs/.well-known/openid-configuration",
            $"/{tenant}/discovery/keys", "/metadata/endpoints?api-version=2022-09-01", "/healthz", "/readyz", "/", "/nowhere", "/subscriptions",
        ];
    }

    private string JsonTenant() => System.Text.Json.Nodes.JsonNode.Parse(
        File.ReadAllText(Path.Combine(_server.Folder, "access", "administrator.json")))!["tenantId"]!.GetValue<string>();

    // Each value of each list with the plainest of the others, and every content type with every body.
    private static IEnumerable<(string Method, string? Type, string? Encoding, string Body)> Combinations() =>
        Methods.Select(method => (method, ContentTypes[1], (string?)null, Bodies[1]))
            .Concat(Encodings.Select(encoding => ("POST", ContentTypes[1], encoding, Bodies[1])))
            .Concat(ContentTypes.SelectMany(type => Bodies.Select(body => ("POST", type, (string?)null, body))));

    private static HttpRequestMessage Request(string method, string path, string? type, string? encoding, string body)
    {
        var request = new HttpRequestMessage(new(method), path);
        if (method is not ("GET" or "HEAD" or "TRACE"))
        {
            request.Content = new ByteArrayContent(encoding == "gzip" ? Zipped(body) : Encoding.UTF8.GetBytes(body));
            request.Content.Headers.TryAddWithoutValidation("Content-Type", type);
            request.Content.Headers.TryAddWithoutValidation("Content-Encoding", encoding);
        }

        return request;
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

    private HttpClient Anonymous()
    {
        var handler = new SocketsHttpHandler();
        handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null;
        return new(handler) { BaseAddress = new(_server.Url) };
    }
}
