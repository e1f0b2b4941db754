using Mover.Server.Resources;
using Mover.Server.Documents;
using Mover.Server.Groups;
using Mover.Server.HybridMachines;
using Mover.Server.Operations;
using Mover.Server.Providers;
using Mover.Server.StorageAccounts;
using Mover.Server.Subscriptions;
using Mover.Server.Tags;

namespace Mover.Server.Features;

/// <summary>What ARM itself answers: subscriptions, providers, resource groups, resources of every type, tags.</summary>
internal static class ResourcesFeature
{
    public static void AddResources(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        foreach (var provider in ProviderCatalogue.BuiltIn)
        {
            services.AddSingleton(provider);
        }

        services.AddSingleton<ProviderCatalogue>();
        services.AddSingleton<ProviderRegistrations>();
        services.AddSingleton<IWriteRequirement>(all => all.GetRequiredService<ProviderRegistrations>());
        services.AddSingleton<ProviderRoutes>();
        services.AddSingleton<SubscriptionRoutes>();
        services.AddSingleton<ResourceGroupRoutes>();
        services.AddSingleton<ResourceRoutes>();
        services.AddSingleton<TagStore>();
        services.AddSingleton<TagRoutes>();
        services.AddSingleton<TagNameRoutes>();
        services.AddSingleton<StorageAccountRoutes>();
        services.AddSingleton<HybridMachineRoutes>();
        services.AddSingleton<IDependents, HybridMachineDependents>();
        services.AddSingleton<IDependents, StorageAccountDependents>();
    }

    public static void MapResources(this WebApplication app)
    {
        var services = app.Services;
        services.GetRequiredService<SubscriptionRoutes>().Map(app);
        services.GetRequiredService<ProviderRoutes>().Map(app);
        services.GetRequiredService<ResourceGroupRoutes>().Map(app);
        services.GetRequiredService<ResourceRoutes>().Map(app);
        services.GetRequiredService<TagRoutes>().Map(app);
        services.GetRequiredService<TagNameRoutes>().Map(app);
        services.GetRequiredService<StorageAccountRoutes>().Map(app);
        services.GetRequiredService<HybridMachineRoutes>().Map(app);
    }
}
