using Mover.Server.Background;
using Mover.Server.Instances;

namespace Mover.Server.Features;

/// <summary>The instances of one control plane: who lives where, and how one leaves.</summary>
internal static class InstancesFeature
{
    public static void AddInstances(this WebApplicationBuilder builder) => builder.Services
        .AddSingleton<InstanceTable>()
        .AddSingleton<LoopShares>()
        .AddSingleton<Departure>()
        .AddSingleton<InstanceRoutes>()
        .AddSingleton<ZoneRoutes>()
        .AddHostedService(services => services.GetRequiredService<Departure>())
        .AddHostedService<InstanceLoop>();

    /// <summary>Before everything else: what is answered while the instance leaves says so.</summary>
    public static void UseDeparture(this WebApplication app) => app.Use(app.Services.GetRequiredService<Departure>().TellAsync);

    public static void MapInstances(this WebApplication app)
    {
        app.Services.GetRequiredService<InstanceRoutes>().Map(app);
        app.Services.GetRequiredService<ZoneRoutes>().Map(app);
    }
}
