using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using Mover.Server.Access;
using Mover.Server.Arm;
using Mover.Server.Settings;

namespace Mover.Server.Tests;

/// <summary>A body that is too large is refused while its client is still sending: it must be able to finish, and to read the answer.</summary>
public sealed class BodyLimitTests : IAsyncLifetime
{
    private const int AboveArmBytes = (int)ServerOptions.BodyBytesMax + 1024 * 1024;
    private const int AboveTokenBytes = 512 * 1024;
    private TestServer _server = null!;

    public async Task InitializeAsync() => _server = await TestServer.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_resource_that_is_too_large_is_refused_and_the_connection_continues(bool chunked)
    {
        await using var connection = await ConnectAsync();
        var path = TestServer.Versioned(_server.Mover() + "/projects/p");

        await SendHeadAsync(connection, $"PUT {path}", chunked ? null : AboveArmBytes);
        await SendBodyAsync(connection, AboveArmBytes, chunked, "{\"x\":\"");
        await SendHeadAsync(connection, $"GET {path}", 0);
        var answers = await ReadToEndOfSecondAsync(connection);

        Assert.StartsWith("HTTP/1.1 413 ", answers, StringComparison.Ordinal);
        Assert.Contains("RequestEntityTooLarge", answers, StringComparison.Ordinal);
        Assert.Contains("HTTP/1.1 404 ", answers, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_form_that_is_too_large_is_refused_and_the_connection_continues(bool chunked)
    {
        await using var connection = await ConnectAsync();
        var path = "/adfs/oauth2/token";

        await SendHeadAsync(connection, $"POST {path}", chunked ? null : AboveTokenBytes, "application/x-www-form-urlencoded");
        await SendBodyAsync(connection, AboveTokenBytes, chunked, "scope=");
        await SendHeadAsync(connection, $"GET {_server.Mover()}?api-version={TestServer.ApiVersion}", 0);
        var answers = await ReadToEndOfSecondAsync(connection);

        Assert.StartsWith("HTTP/1.1 400 ", answers, StringComparison.Ordinal);
        Assert.Contains("invalid_request", answers, StringComparison.Ordinal);
        Assert.Contains("HTTP/1.1 404 ", answers, StringComparison.Ordinal);
    }

    private async Task<SslStream> ConnectAsync()
    {
        var tcp = new TcpClient();
        var url = new Uri(_server.Url);
        await tcp.ConnectAsync(url.Host, url.Port);
        var secure = new SslStream(tcp.GetStream(), leaveInnerStreamOpen: false, (_, certificate, _, _) => certificate is not null);
        await secure.AuthenticateAsClientAsync("127.0.0.1");
        return secure;
    }

    private async Task SendHeadAsync(SslStream connection, string request, int? lengthBytes, string type = "application/json")
    {
        var token = AdministratorToken.Create(_server.Folder, TimeProvider.System).Reveal();
        var length = lengthBytes is { } bytes ? $"Content-Length: {bytes}" : "Transfer-Encoding: chunked";
        await connection.WriteAsync(Encoding.ASCII.GetBytes(
            $"{request} HTTP/1.1\r\nHost: {new Uri(_server.Url).Authority}\r\nAuthorization: Bearer {token}\r\nContent-Type: {type}\r\n{length}\r\n\r\n"));
    }

    private static async Task SendBodyAsync(SslStream connection, int lengthBytes, bool chunked, string start)
    {
        var piece = new byte[64 * 1024];
        Array.Fill(piece, (byte)'x');
        Encoding.ASCII.GetBytes(start, piece);
        for (var left = lengthBytes; left > 0; left -= piece.Length)
        {
            var sent = piece.AsMemory(0, Math.Min(piece.Length, left));
            await connection.WriteAsync(Encoding.ASCII.GetBytes(chunked ? $"{sent.Length:x}\r\n" : string.Empty));
            await connection.WriteAsync(sent);
            await connection.WriteAsync(Encoding.ASCII.GetBytes(chunked ? "\r\n" : string.Empty));
            Array.Fill(piece, (byte)'x');
        }

        await connection.WriteAsync(Encoding.ASCII.GetBytes(chunked ? "0\r\n\r\n" : string.Empty));
    }

    // The second answer is ARM's "not found" with its code; both answers are short.
    private static async Task<string> ReadToEndOfSecondAsync(SslStream connection)
    {
        var seen = new StringBuilder();
        var buffer = new byte[16 * 1024];
        while (!seen.ToString().Contains("HTTP/1.1 404 ", StringComparison.Ordinal)
            && await connection.ReadAsync(buffer) is var read and > 0)
        {
            seen.Append(Encoding.ASCII.GetString(buffer, 0, read));
        }

        return seen.ToString();
    }
}
