using Microsoft.AspNetCore.Http.Json;
using Mover.Core.Arm;
using Mover.Core.Resources;
using Mover.Server.Arm;
using Mover.Server.Gates;
using Mover.Server.Identity;

namespace Mover.Server.Features;

/// <summary>ARM's manners: request ids and headers, api-versions, errors, bodies. One registration, two places in the pipeline.</summary>
internal static class ArmFeature
{
    public static void AddArm(this WebApplicationBuilder builder)
    {
        builder.Services.AddRouting(routing =>
        {
            routing.SetParameterPolicy<TenantSegment>(TenantSegment.Name);
            routing.SetParameterPolicy<TypeSegment>(TypeSegment.Name);
        });
        builder.Services.AddProblemDetails();
        builder.Services.AddSingleton<IPageKeys, PageKeys>();
        builder.Services.AddSingleton<PageTokens>();
        builder.Services.AddSingleton<InnerRequests>();
        builder.Services.Configure<JsonOptions>(json =>
        {
            MoverJson.Configure(json.SerializerOptions);
            json.SerializerOptions.TypeInfoResolverChain.Insert(0, MoverJson.Wire);
        });
    }

    /// <summary>Before routing: ids, headers, faults, and an ARM body for every refusal that has none.</summary>
    public static void UseArmManners(this WebApplication app)
    {
        var clock = app.Services.GetRequiredService<TimeProvider>();
        app.Use(app.Services.GetRequiredService<InnerRequests>().Take);
        app.Use((http, next) => RequestIds.AttachAsync(http, next, clock));
        app.Use(OneSlashAsync);
        app.UseMiddleware<ArmFaults>();
        app.Use(CheckHostAsync);
    }

    // Reading a Host with broken Punycode throws, wherever it is read.
    private static Task CheckHostAsync(HttpContext http, RequestDelegate next)
    {
        try
        {
            _ = http.Request.Host;
        }
        catch (ArgumentException)
        {
            return ArmErrors.InvalidHost().WriteAsync(http);
        }

        return next(http);
    }

    // Clients put an id, which starts with a slash, behind another one, and leave out the middle of a path.
    private static Task OneSlashAsync(HttpContext http, RequestDelegate next)
    {
        if (http.Request.Path.Value is { } path && path.Contains("//", StringComparison.Ordinal))
        {
            http.Request.Path = new PathString("/" + string.Join('/', path.Split('/', StringSplitOptions.RemoveEmptyEntries)));
        }

        return next(http);
    }

    /// <summary>After access: the route exists, the api-version is known, the names in the path can be names.</summary>
    public static void UseArmChecks(this WebApplication app) => app.Use(ArmChecks.CheckAsync);
}
