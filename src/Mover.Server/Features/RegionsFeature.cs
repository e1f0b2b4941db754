using Mover.Server.Authorization;
using Mover.Server.Documents;
using Mover.Server.Identity;
using Mover.Server.Regions;
using Mover.Server.Regions.Drills;
using Mover.State.Mirror;

namespace Mover.Server.Features;

/// <summary>A region and its pair: what the two tell each other, what a standby answers, and how one takes over.</summary>
internal static class RegionsFeature
{
    /// <summary>A standby only follows what it needs to judge who asks; everything else is the serving region's work.</summary>
    public static void AddRegions(this WebApplicationBuilder builder, RegionMembership region, RegionSeat seat)
    {
        // One that is given is not disposed with the app: it outlives it.
        builder.Services.AddSingleton(region);
        builder.Services.AddSingleton<IRegion>(region);
        builder.Services.AddSingleton(seat);
        builder.Services.AddSingleton<PeerRoutes>();
        builder.Services.AddSingleton<RegionRoutes>();
        builder.Services.AddSingleton<DivergedRoutes>();
        builder.Services.AddSingleton<RegionFailover>();
        builder.Services.AddSingleton<RegionDrill>();
        builder.Services.AddSingleton<DrillRoutes>();
        if (seat.Role?.Duty != RegionDuty.Standby)
        {
            return;
        }

        var own = typeof(RegionsFeature).Assembly;
        var idle = builder.Services.Where(service => service.ServiceType == typeof(IHostedService)
            && service.ImplementationType != typeof(AccessLoop) && service.ImplementationType != typeof(IdentityLoop)
            && (service.ImplementationType is null || service.ImplementationType.Assembly == own)).ToList();
        foreach (var service in idle)
        {
            builder.Services.Remove(service);
        }
    }

    /// <summary>Before routing: what the other region asks.</summary>
    public static void UsePeers(this WebApplication app) => app.Use(app.Services.GetRequiredService<PeerRoutes>().InvokeAsync);

    /// <summary>After routing and before access: the region that serves judges who asks.</summary>
    public static void UseStandby(this WebApplication app) => app.UseMiddleware<StandbyGate>();

    public static void MapRegions(this WebApplication app)
    {
        app.Services.GetRequiredService<RegionRoutes>().Map(app);
        app.Services.GetRequiredService<DivergedRoutes>().Map(app);
        app.Services.GetRequiredService<DrillRoutes>().Map(app);
    }
}
