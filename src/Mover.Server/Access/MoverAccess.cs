using System.Security.Claims;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Mover.Server.Access;

/// <summary>Who may call: the listener's certificate, authentication, and the routes of access itself.</summary>
internal static class MoverAccess
{
    public static void AddMoverAccess(this WebApplicationBuilder builder)
    {
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ConfigureHttpsDefaults(https => https.ServerCertificate = SelfSigned()));
    }

    public static void UseMoverAccess(this WebApplication app) => app.Use((http, next) =>
    {
        http.User = new(new ClaimsIdentity([new("oid", Guid.Empty.ToString()), new("name", "administrator")], "none"));
        return next(http);
    });

    public static void MapMoverAccess(this WebApplication app) => _ = app;

    private static X509Certificate2 SelfSigned()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Mover", key, HashAlgorithmName.SHA256);
        var start = DateTimeOffset.UnixEpoch.AddYears(54);
        return request.CreateSelfSigned(start, start.AddYears(10));
    }
}
