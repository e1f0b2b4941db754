using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Mover.Server.Access;
using Mover.Server.Authorization;
using Mover.Server.Documents;
using Mover.Server.Gates;
using Mover.Server.Identity;
using Mover.Server.Listening;
using Mover.Server.Settings;
using Mover.Server.StorageAccounts;
using Mover.Server.Throttling;
using Mover.Server.Tls;
using Mover.Server.Vault;

namespace Mover.Server.Features;

/// <summary>
/// Who may call: the listener's certificate, the token issuer, authentication and authorization, the built-in vault, and the resources
/// around a storage mover that identities and secrets belong to.
/// </summary>
internal static class MoverAccess
{
    public static void AddMoverAccess(this WebApplicationBuilder builder, DeploymentIdentity identity)
    {
        builder.AddTls();
        var services = builder.Services;
        services.AddSingleton(_ => identity);
        services.AddSingleton<IdentityUpkeep>();
        services.AddHostedService<IdentityLoop>();
        services.AddSingleton<IdentityRoutes>();
        services.AddSingleton(all => new IdentityFiles(all.GetRequiredService<ServerOptions>().DataFolder));
        services.AddSingleton(identity.Current.Administrator);
        services.AddSingleton<AdministratorSecret>();
        services.AddSingleton(all => new Tenant(all.GetRequiredService<Administrator>().TenantId));
        services.AddSingleton(all => new TokenIssuer(
            all.GetRequiredService<Tenant>().Id, () => identity.Current.SigningKeys[^1].Key, all.GetRequiredService<TimeProvider>()));
        services.AddSingleton<TokenValidator>();
        services.AddSingleton<ExternalIssuers>();
        services.AddSingleton(_ => new ReplayCache());
        services.AddSingleton<FailureLimit>();
        services.AddSingleton<AddressLimit>();
        services.AddSingleton<ClientAssertions>();
        services.AddSingleton<MachineIdentities>();
        services.AddSingleton<ServicePrincipals>();
        services.AddSingleton<Clients>();
        services.AddSingleton<CurrentCaller>();
        services.AddSingleton<TokenRoutes>();
        services.AddSingleton<DiscoveryRoutes>();
        services.AddSingleton<CloudMetadataRoutes>();
        services.AddSingleton<HealthRoutes>();
        services.AddSingleton<ServicePrincipalRoutes>();
        services.AddSingleton<DirectoryObjects>();
        services.AddSingleton<DirectoryRoutes>();

        services.AddSingleton<VaultKeys>();
        services.AddSingleton<SecretRights>();
        services.AddSingleton<SecretVault>();
        services.AddSingleton<VaultRoutes>();
        services.AddHostedService<VaultKeyCheck>();
        services.AddSingleton(SecretId.AccountKeys);
        services.AddSingleton<AccountKeys>();
        services.AddSingleton<AccountServices>();
        services.AddSingleton<ContainerRights>();
    }

    /// <summary>
    /// After routing: who calls, whether not too often, and whether they may, then and when the body is there. Only routes that say so need
    /// no token.
    /// </summary>
    public static void UseMoverAccess(this WebApplication app)
    {
        // Opened here, so that a broken file stops the start with its name and not the first request.
        _ = app.Services.GetRequiredService<ServerCertificate>().Current;
        app.UseMiddleware<BearerGate>();
        app.UseMiddleware<Throttle>();
        app.UseMiddleware<RightsGate>();
        app.UseWhen(BodyGate.HasBody, late =>
        {
            late.UseMiddleware<BodyGate>();
            late.UseMiddleware<RightsGate>();
        });
    }

    public static void MapMoverAccess(this WebApplication app)
    {
        app.Services.GetRequiredService<TokenRoutes>().Map(app);
        app.Services.GetRequiredService<DiscoveryRoutes>().Map(app);
        app.Services.GetRequiredService<CloudMetadataRoutes>().Map(app);
        app.Services.GetRequiredService<HealthRoutes>().Map(app);
        app.Services.GetRequiredService<ServicePrincipalRoutes>().Map(app);
        app.Services.GetRequiredService<DirectoryRoutes>().Map(app);
        app.Services.GetRequiredService<VaultRoutes>().Map(app);
        app.Services.GetRequiredService<IdentityRoutes>().Map(app);
    }

    private static void AddTls(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton(all => new TlsFiles(all.GetRequiredService<ServerOptions>().DataFolder));
        builder.Services.AddSingleton(all => ActivatorUtilities.CreateInstance<ServerCertificate>(
            all, CertificateHosts.For(
                Dns.GetHostName(), all.GetRequiredService<ServerOptions>().Urls,
                all.GetRequiredService<ServerOptions>().Advertised.Select(Instances.AdvertisedAddress.HostOf))));
        builder.Services.AddOptions<KestrelServerOptions>().Configure<ServerCertificate>((kestrel, certificate) =>
            kestrel.ConfigureHttpsDefaults(https =>
            {
                // Kestrel wants a selector, and would build the certificate's chain anew for every handshake.
                https.HandshakeTimeout = ConnectionLimits.HandshakeMax;
                https.ServerCertificateSelector = (_, _) => certificate.Current;
                https.OnAuthenticate = (_, ssl) =>
                    (ssl.ServerCertificateSelectionCallback, ssl.ServerCertificateContext) = (null, certificate.Context);
            }));
    }
}
