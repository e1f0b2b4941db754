using System.Net.Security;
using Microsoft.AspNetCore.Builder;
using Mover.Server;
using Mover.Server.Access;

namespace Mover.Conformance.Tests;

/// <summary>The real server over https on a free port, with its state in a folder of its own that goes when it is disposed.</summary>
internal sealed class ServerUnderTest : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly string _folder;

    private ServerUnderTest(WebApplication app, string folder)
    {
        _app = app;
        _folder = folder;
        Token = AdministratorToken.Create(folder, TimeProvider.System).Reveal();
        Http = new(NewHandler()) { BaseAddress = new(app.Urls.First()) };
    }

    /// <summary>A client without a token.</summary>
    public HttpClient Http { get; }

    /// <summary>An administrator's token.</summary>
    public string Token { get; }

    /// <summary>What a client sends with; it belongs to the caller.</summary>
    public static HttpMessageHandler NewHandler() => new SocketsHttpHandler
    {
        SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null },
    };

    public static async Task<ServerUnderTest> StartAsync(int pageSize = 100)
    {
        var folder = Directory.CreateTempSubdirectory("mover-conformance-").FullName;
        var app = ServerApp.Create(new() { DataFolder = folder, Urls = ["https://127.0.0.1:0"], PageSize = pageSize });
        await app.StartAsync();
        return new(app, folder);
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}

/// <summary>One server for the tests of a class.</summary>
public sealed class SharedServer : IAsyncLifetime
{
    internal ServerUnderTest Server { get; private set; } = null!;

    public async Task InitializeAsync() => Server = await ServerUnderTest.StartAsync();

    public async Task DisposeAsync() => await Server.DisposeAsync();
}
