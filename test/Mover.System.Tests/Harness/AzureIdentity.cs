using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Mover.SystemTests.Harness;

/// <summary>
/// What a host in Azure has: an identity service that gives its programs tokens for storage, in the protocol of App Service, and a
/// certificate that they trust. The tokens are signed by nobody; Azurite reads what they say.
/// </summary>
internal sealed class AzureIdentity : IAsyncDisposable
{
    private const string Header = "secret-of-this-host";
    private static readonly TimeSpan Life = TimeSpan.FromHours(1);

    private readonly WebApplication _app;

    private AzureIdentity(WebApplication app, string certificate, string key) => (_app, CertificateFile, KeyFile) = (app, certificate, key);

    /// <summary>A certificate for 127.0.0.1, PEM.</summary>
    public string CertificateFile { get; }

    /// <summary>Its key, PEM.</summary>
    public string KeyFile { get; }

    /// <summary>Whether tokens are for another service than storage.</summary>
    public bool IsForAnotherService { get; set; }

    /// <summary>Tokens that were given out.</summary>
    public int Given { get; private set; }

    /// <summary>What a program needs in its environment to use it.</summary>
    public IReadOnlyDictionary<string, string> Environment => new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["IDENTITY_ENDPOINT"] = $"{_app.Urls.First()}/msi/token", ["IDENTITY_HEADER"] = Header, ["SSL_CERT_FILE"] = CertificateFile,
    };

    public static async Task<AzureIdentity> StartAsync(string folder)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = request.CreateSelfSigned(now.AddHours(-1), now.AddDays(1));
        var (certificateFile, keyFile) = (Path.Combine(folder, "blobs.pem"), Path.Combine(folder, "blobs.key"));
        await File.WriteAllTextAsync(certificateFile, certificate.ExportCertificatePem());
        await File.WriteAllTextAsync(keyFile, key.ExportPkcs8PrivateKeyPem());

        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        var service = new AzureIdentity(builder.Build(), certificateFile, keyFile);
        service._app.Run(service.AnswerAsync);
        await service._app.StartAsync();
        return service;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private Task AnswerAsync(HttpContext http)
    {
        if (http.Request.Headers["X-IDENTITY-HEADER"] != Header || http.Request.Query["resource"] != "https://storage.azure.com")
        {
            http.Response.StatusCode = StatusCodes.Status400BadRequest;
            return Task.CompletedTask;
        }

        Given++;
        var now = TimeProvider.System.GetUtcNow();
        var claims = new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["aud"] = IsForAnotherService ? "https://vault.azure.net" : "https://storage.azure.com",
            ["iss"] = "https://sts.windows.net/11111111-2222-3333-4444-555555555555/",
            ["iat"] = now.ToUnixTimeSeconds(), ["nbf"] = now.AddMinutes(-1).ToUnixTimeSeconds(), ["exp"] = (now + Life).ToUnixTimeSeconds(),
        };
        var token = $"{Part(new Dictionary<string, object> { ["alg"] = "RS256", ["typ"] = "JWT" })}.{Part(claims)}.c2lnbmF0dXJl";
        return http.Response.WriteAsJsonAsync(new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["access_token"] = token, ["token_type"] = "Bearer", ["resource"] = "https://storage.azure.com",
            ["expires_on"] = (now + Life).ToUnixTimeSeconds().ToString(System.Globalization.CultureInfo.InvariantCulture),
        });
    }

    private static string Part(Dictionary<string, object> claims) =>
        Convert.ToBase64String(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(claims))).TrimEnd('=').Replace('+', '-').Replace('/', '_');
}
