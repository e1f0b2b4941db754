using Mover.Server.Activity;
using Mover.State.Documents;

namespace Mover.Server.Features;

/// <summary>What happened: the audit log, who is denied what, and how long that is kept.</summary>
internal static class ActivityFeature
{
    public static void AddActivity(this WebApplicationBuilder builder) => builder.Services
        .AddSingleton<AuditLog>()
        .AddSingleton<DenialLog>()
        .AddSingleton<ActivityRoutes>()
        .AddHostedService<DenialLoop>()
        .AddHostedService<AuditRetentionLoop>();

    public static void MapActivity(this WebApplication app) => app.Services.GetRequiredService<ActivityRoutes>().Map(app);
}
