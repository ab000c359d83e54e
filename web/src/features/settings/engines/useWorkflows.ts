import { useMutation, useQuery } from '@pinia/colada'
import { deleteWorkflow, listWorkflows, putWorkflow } from '@/api/generated'
import { useRefresh } from '@/api/useRefresh'

const key = ['workflows']

/** ComfyUI graphs that jobs can be run with. What changes them rejects with the server's ApiError. */
export function useWorkflows() {
  const query = useQuery({ key, query: async ({ signal }) => (await listWorkflows({ signal })).workflows })
  const onSettled = useRefresh(key)
  const put = useMutation({
    mutation: ({ name, graph }: { name: string; graph: string }) =>
      putWorkflow({ path: { name }, body: { graph } }),
    onSettled,
  })
  const remove = useMutation({ mutation: (name: string) => deleteWorkflow({ path: { name } }), onSettled })
  return { query, put, remove }
}
