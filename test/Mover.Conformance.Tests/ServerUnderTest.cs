using System.Net.Security;
using Microsoft.AspNetCore.Builder;
using Mover.Server;
using Mover.Server.Access;
using Mover.Testing;

namespace Mover.Conformance.Tests;

/// <summary>
/// The real server over https on a free port, with its state in a folder of its own that goes when it is disposed. Its end fails when an
/// exchange broke the API definitions.
/// </summary>
internal sealed class ServerUnderTest : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ContractFolder _contract;
    private readonly string _folder;

    private ServerUnderTest(WebApplication app, ContractFolder contract, string folder)
    {
        _app = app;
        _contract = contract;
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

    /// <summary>Starts one.</summary>
    /// <param name="pageSize">How many resources a page has.</param>
    /// <param name="isWatched">False for who holds each answer to the definitions by itself, because its requests hold to nothing.</param>
    public static async Task<ServerUnderTest> StartAsync(int pageSize = 100, bool isWatched = true)
    {
        var folder = Directory.CreateTempSubdirectory("mover-conformance-").FullName;
        var app = await ServerApp.CreateAsync(new() { DataFolder = folder, Urls = ["https://127.0.0.1:0"], PageSize = pageSize });
        var contract = new ContractFolder();
        if (isWatched)
        {
            ContractWatch.Over(app.Services, contract);
        }

        await app.StartAsync();
        return new(app, contract, folder);
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
        using (_contract)
        {
            _contract.AssertKept();
        }
    }
}

/// <summary>One server for the tests of a class.</summary>
public sealed class SharedServer : IAsyncLifetime
{
    internal ServerUnderTest Server { get; private set; } = null!;

    public async Task InitializeAsync() => Server = await ServerUnderTest.StartAsync();

    public async Task DisposeAsync() => await Server.DisposeAsync();
}
