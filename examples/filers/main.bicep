// One storage mover; for each NFS filer, a source endpoint and a job definition into its own container.

@description('Region of the storage mover.')
param location string = resourceGroup().location

@description('Storage account that holds the target containers.')
param storageAccountId string

@description('The filers: a short name, the host, the export, and the container that it goes to.')
param filers {
  name: string
  host: string
  export: string
  container: string
}[]

resource mover 'Microsoft.StorageMover/storageMovers@2024-07-01' = {
  name: 'filers'
  location: location
}

resource project 'Microsoft.StorageMover/storageMovers/projects@2024-07-01' = {
  parent: mover
  name: 'home-directories'
}

resource sources 'Microsoft.StorageMover/storageMovers/endpoints@2024-07-01' = [
  for filer in filers: {
    parent: mover
    name: 'from-${filer.name}'
    properties: {
      endpointType: 'NfsMount'
      host: filer.host
      export: filer.export
    }
  }
]

resource targets 'Microsoft.StorageMover/storageMovers/endpoints@2024-07-01' = [
  for filer in filers: {
    parent: mover
    name: 'to-${filer.name}'
    properties: {
      endpointType: 'AzureStorageBlobContainer'
      storageAccountResourceId: storageAccountId
      blobContainerName: filer.container
    }
  }
]

resource jobs 'Microsoft.StorageMover/storageMovers/projects/jobDefinitions@2024-07-01' = [
  for (filer, at) in filers: {
    parent: project
    name: filer.name
    properties: {
      copyMode: 'Additive'
      sourceName: sources[at].name
      targetName: targets[at].name
    }
  }
]

output jobNames array = [for (filer, at) in filers: jobs[at].name]
