// An estate of several sites: each site's project is a module, which becomes a nested deployment; all are in one storage mover.

param location string = resourceGroup().location
param storageAccountId string

@description('The sites: a short name and the exports of the filer there.')
param sites { name: string, host: string, exports: string[] }[]

resource mover 'Microsoft.StorageMover/storageMovers@2024-07-01' = {
  name: 'estate'
  location: location
}

module projects 'modules/site.bicep' = [
  for site in sites: {
    name: 'site-${site.name}'
    params: {
      moverName: mover.name
      storageAccountId: storageAccountId
      site: site.name
      host: site.host
      exports: site.exports
    }
  }
]

output jobs array = [for (site, at) in sites: projects[at].outputs.jobIds]
