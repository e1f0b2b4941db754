namespace Mover.Core.Regions;

/// <summary>
/// Azure's public regions with their geographies, zones and pairs. Source: Azure documentation, "List of Azure regions" of September 2025.
/// Regions of other clouds (China, US Government) have other management endpoints and are not among them.
/// </summary>
internal static class AzureRegions
{
    private const string Americas = "US";
    private const string Asia = "Asia Pacific";
    private const string UnitedStates = "United States";

    public static IReadOnlyList<Region> All { get; } =
    [
        new("eastus", "East US", UnitedStates, Americas, "Virginia", 3, "westus"),
        new("eastus2", "East US 2", UnitedStates, Americas, "Virginia", 3, "centralus"),
        new("centralus", "Central US", UnitedStates, Americas, "Iowa", 3, "eastus2"),
        new("southcentralus", "South Central US", UnitedStates, Americas, "Texas", 3, "northcentralus"),
        new("northcentralus", "North Central US", UnitedStates, Americas, "Illinois", 0, "southcentralus"),
        new("westcentralus", "West Central US", UnitedStates, Americas, "Wyoming", 0, "westus2"),
        new("westus", "West US", UnitedStates, Americas, "California", 0, "eastus"),
        new("westus2", "West US 2", UnitedStates, Americas, "Washington", 3, "westcentralus"),
        new("westus3", "West US 3", UnitedStates, Americas, "Phoenix", 3, "eastus"),
        new("canadacentral", "Canada Central", "Canada", "Canada", "Toronto", 3, "canadaeast"),
        new("canadaeast", "Canada East", "Canada", "Canada", "Quebec", 0, "canadacentral"),
        new("mexicocentral", "Mexico Central", "Mexico", "Mexico", "Querétaro State", 3),
        new("brazilsouth", "Brazil South", "Brazil", "South America", "Sao Paulo State", 3, "southcentralus"),
        new("brazilsoutheast", "Brazil Southeast", "Brazil", "South America", "Rio", 0, "brazilsouth"),
        new("chilecentral", "Chile Central", "Chile", "South America", "Santiago", 3),

        new("northeurope", "North Europe", "Europe", "Europe", "Ireland", 3, "westeurope"),
        new("westeurope", "West Europe", "Europe", "Europe", "Netherlands", 3, "northeurope"),
        new("uksouth", "UK South", "United Kingdom", "UK", "London", 3, "ukwest"),
        new("ukwest", "UK West", "United Kingdom", "UK", "Cardiff", 0, "uksouth"),
        new("francecentral", "France Central", "France", "Europe", "Paris", 3, "francesouth"),
        new("francesouth", "France South", "France", "Europe", "Marseille", 0, "francecentral"),
        new("germanywestcentral", "Germany West Central", "Germany", "Europe", "Frankfurt", 3, "germanynorth"),
        new("germanynorth", "Germany North", "Germany", "Europe", "Berlin", 0, "germanywestcentral"),
        new("switzerlandnorth", "Switzerland North", "Switzerland", "Europe", "Zurich", 3, "switzerlandwest"),
        new("switzerlandwest", "Switzerland West", "Switzerland", "Europe", "Geneva", 0, "switzerlandnorth"),
        new("norwayeast", "Norway East", "Norway", "Europe", "Norway", 3, "norwaywest"),
        new("norwaywest", "Norway West", "Norway", "Europe", "Norway", 0, "norwayeast"),
        new("swedencentral", "Sweden Central", "Sweden", "Europe", "Gävle", 3, "swedensouth"),
        new("swedensouth", "Sweden South", "Sweden", "Europe", "Malmö", 0, "swedencentral"),
        new("austriaeast", "Austria East", "Austria", "Europe", "Vienna", 3),
        new("belgiumcentral", "Belgium Central", "Belgium", "Europe", "Brussels", 3),
        new("denmarkeast", "Denmark East", "Denmark", "Europe", "Copenhagen", 3),
        new("italynorth", "Italy North", "Italy", "Europe", "Milan", 3),
        new("polandcentral", "Poland Central", "Poland", "Europe", "Warsaw", 3),
        new("spaincentral", "Spain Central", "Spain", "Europe", "Madrid", 3),

        new("eastasia", "East Asia", Asia, Asia, "Hong Kong SAR", 3, "southeastasia"),
        new("southeastasia", "Southeast Asia", Asia, Asia, "Singapore", 3, "eastasia"),
        new("japaneast", "Japan East", "Japan", Asia, "Tokyo, Saitama", 3, "japanwest"),
        new("japanwest", "Japan West", "Japan", Asia, "Osaka", 3, "japaneast"),
        new("koreacentral", "Korea Central", "Korea", Asia, "Seoul", 3, "koreasouth"),
        new("koreasouth", "Korea South", "Korea", Asia, "Busan", 0, "koreacentral"),
        new("centralindia", "Central India", "India", Asia, "Pune", 3, "southindia"),
        new("southindia", "South India", "India", Asia, "Chennai", 0, "centralindia"),
        new("westindia", "West India", "India", Asia, "Mumbai", 0, "southindia"),
        new("indonesiacentral", "Indonesia Central", "Indonesia", Asia, "Jakarta", 3),
        new("malaysiawest", "Malaysia West", "Malaysia", Asia, "Kuala Lumpur", 3),
        new("australiaeast", "Australia East", "Australia", Asia, "New South Wales", 3, "australiasoutheast"),
        new("australiasoutheast", "Australia Southeast", "Australia", Asia, "Victoria", 0, "australiaeast"),
        new("australiacentral", "Australia Central", "Australia", Asia, "Canberra", 0, "australiacentral2"),
        new("australiacentral2", "Australia Central 2", "Australia", Asia, "Canberra", 0, "australiacentral"),
        new("newzealandnorth", "New Zealand North", "New Zealand", Asia, "Auckland", 3),

        new("southafricanorth", "South Africa North", "South Africa", "Africa", "Johannesburg", 3, "southafricawest"),
        new("southafricawest", "South Africa West", "South Africa", "Africa", "Cape Town", 0, "southafricanorth"),
        new("uaenorth", "UAE North", "UAE", "Middle East", "Dubai", 3, "uaecentral"),
        new("uaecentral", "UAE Central", "UAE", "Middle East", "Abu Dhabi", 0, "uaenorth"),
        new("israelcentral", "Israel Central", "Israel", "Middle East", "Israel", 3),
        new("qatarcentral", "Qatar Central", "Qatar", "Middle East", "Doha", 3),

        new("eastus2euap", "East US 2 EUAP", "Canary (US)", Americas, "Virginia", 3, "centraluseuap"),
        new("centraluseuap", "Central US EUAP", "Canary (US)", Americas, "Iowa", 0, "eastus2euap"),
    ];
}
